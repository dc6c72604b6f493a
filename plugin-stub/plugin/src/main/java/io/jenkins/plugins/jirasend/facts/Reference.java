package io.jenkins.plugins.jirasend.facts;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * A commit and the branch or tag that it was built from. Each half is complete or absent, because
 * Jira takes no half of a half.
 */
public record Reference(String commitId, String repositoryUri, String refName, String refUri) {
    public Reference {
        repositoryUri = withoutUser(blankToNull(repositoryUri));
        refUri = withoutUser(blankToNull(refUri));
        commitId = blankToNull(commitId);
        refName = blankToNull(refName);
    }

    public boolean hasCommit() {
        return commitId != null && repositoryUri != null;
    }

    public boolean hasRef() {
        return refName != null && refUri != null;
    }

    /** A repository's address may hold a token or a password, which must not leave Jenkins. */
    static String withoutUser(String uri) {
        if (uri == null || !uri.contains("://")) {
            return uri; // git@example.com:team/app.git: a user's name, but no password
        }
        try {
            URI parsed = new URI(uri);
            String authority = parsed.getRawAuthority();
            if (authority == null || authority.indexOf('@') < 0) {
                return uri;
            }
            String host = authority.substring(authority.lastIndexOf('@') + 1);
            int start = uri.indexOf("://") + 3;
            return uri.substring(0, start) + host + uri.substring(start + authority.length());
        } catch (URISyntaxException unusual) {
            int start = uri.indexOf("://") + 3;
            int at = uri.lastIndexOf('@');
            return at < start ? uri : uri.substring(0, start) + uri.substring(at + 1);
        }
    }

    private static String blankToNull(String text) {
        return text == null || text.isBlank() ? null : text;
    }
}
