package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pages of a repository: its own, of a commit, of a branch. The forms are those of the command line (docs/git.md). */
final class RepositoryLinks {
    private static final Pattern URL = Pattern.compile("(?i)(https?|ssh|git|git\\+ssh|ssh\\+git)://([^/?#]+)/([^?#]*).*");
    private static final Pattern SCP = Pattern.compile("(?:[^/@:]+@)?([^/@:]{2,}):(?!//)([^?#]+)");
    private static final Pattern AZURE_SSH = Pattern.compile(
            "https://(?:ssh\\.dev\\.azure\\.com|vs-ssh\\.visualstudio\\.com)/v3/([^/]+)/([^/]+)/([^/]+)", Pattern.CASE_INSENSITIVE);

    /** What stands behind the address of the repository for a commit, and for a branch. */
    private record Forms(String commit, String branch) {}

    /** Words of host names; the first that is found counts. */
    private static final Map<String, Forms> FORGES = new LinkedHashMap<>();

    private static final String BITBUCKET_SERVER = "bitbucket";

    static {
        Forms gitea = new Forms("/commit/{hash}", "/src/branch/{branch}");
        Forms azure = new Forms("/commit/{hash}", "?version=GB{branch}");
        FORGES.put("bitbucket.org", new Forms("/commits/{hash}", "/branch/{branch}"));
        FORGES.put(BITBUCKET_SERVER, new Forms("/commits/{hash}", "/browse?at=refs/heads/{branch}"));
        FORGES.put("github", new Forms("/commit/{hash}", "/tree/{branch}"));
        FORGES.put("gitlab", new Forms("/-/commit/{hash}", "/-/tree/{branch}"));
        FORGES.put("gitea", gitea);
        FORGES.put("forgejo", gitea);
        FORGES.put("codeberg", gitea);
        FORGES.put("dev.azure", azure);
        FORGES.put("visualstudio.com", azure);
    }

    private RepositoryLinks() {}

    /** The address that people can open, of the one that git uses; null of a folder and the like. */
    @CheckForNull
    static String web(@CheckForNull String uri) {
        if (uri == null) {
            return null;
        }
        Matcher url = URL.matcher(uri.trim());
        Matcher scp = SCP.matcher(uri.trim());
        String scheme = "https";
        String host;
        String path;
        if (url.matches()) {
            boolean http = url.group(1).toLowerCase(Locale.ROOT).startsWith("http");
            scheme = http ? url.group(1).toLowerCase(Locale.ROOT) : "https";
            host = url.group(2).substring(url.group(2).lastIndexOf('@') + 1);
            host = http ? host : host.replaceFirst(":[0-9]*$", ""); // where ssh listens
            path = url.group(3);
        } else if (scp.matches()) {
            host = scp.group(1);
            path = scp.group(2);
        } else {
            return null;
        }
        path = path.replaceFirst("^/+", "").replaceFirst("/+$", "").replaceFirst("(?<=.)\\.git$", "");
        if (host.isEmpty() || path.isEmpty()) {
            return null;
        }
        return AZURE_SSH.matcher(scheme + "://" + host + "/" + path).replaceFirst("https://dev.azure.com/$1/$2/_git/$3");
    }

    /** The page of a commit; null when nobody knows it. @param form of the site, for hosts that are not known */
    @CheckForNull
    static String commit(String web, String hash, String form) {
        Forms forms = forms(web);
        if (forms != null) {
            return fill(page(web) + forms.commit(), "{hash}", hash);
        }
        return form.isEmpty() ? null : fill(form, "{hash}", hash);
    }

    /** The page of a branch; null when nobody knows it. */
    @CheckForNull
    static String branch(String web, String name, String form) {
        Forms forms = forms(web);
        if (forms != null) {
            return fill(page(web) + forms.branch(), "{branch}", name);
        }
        return form.isEmpty() ? null : fill(form, "{branch}", name);
    }

    private static String host(String web) {
        return web.replaceFirst("^https?://", "").replaceFirst("/.*", "").toLowerCase(Locale.ROOT);
    }

    @CheckForNull
    private static Forms forms(String web) {
        String host = host(web);
        return FORGES.entrySet().stream()
                .filter(forge -> host.contains(forge.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Bitbucket Data Center clones from other places than it has its pages. */
    private static String page(String web) {
        boolean server = host(web).contains(BITBUCKET_SERVER) && !host(web).contains("bitbucket.org");
        if (!server || web.contains("/repos/")) {
            return web;
        }
        Matcher place = Pattern.compile("(https?://[^/]+(?:/.*?)??)(?:/scm)?/(~?)([^/]+)/([^/]+)").matcher(web);
        if (!place.matches()) {
            return web;
        }
        String kind = place.group(2).isEmpty() ? "projects" : "users";
        return place.group(1) + "/" + kind + "/" + place.group(3) + "/repos/" + place.group(4);
    }

    private static String fill(String form, String place, String value) {
        String encoded = URLEncoder.encode(value, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/")
                .replace("%7E", "~")
                .replace("*", "%2A");
        return form.replace(place, encoded);
    }
}
