package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.Nullable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which sites a job sends to. No Jenkinsfile sends a token to a host of its own choice. */
public final class SiteSelection {
    private SiteSelection() {}

    /**
     * @param fullName of the job
     * @param namedSite what the Jenkinsfile says, or null or blank for every site of the job
     * @return the sites in the order of the configuration; none when none was named and none is there
     * @throws UnknownSiteException when the named one is not among the sites of this job
     */
    public static List<JiraSite> forJob(String fullName, @Nullable String namedSite) throws UnknownSiteException {
        return select(JiraSendConfiguration.get().getSites(), fullName, namedSite);
    }

    static List<JiraSite> select(List<JiraSite> configured, String fullName, @Nullable String namedSite)
            throws UnknownSiteException {
        List<JiraSite> sites = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (JiraSite site : configured) {
            String name = site.canonicalSite();
            if (!name.isEmpty() && site.sendsFor(fullName) && seen.add(name)) {
                sites.add(site);
            }
        }
        if (namedSite == null || namedSite.isBlank()) {
            return sites;
        }
        String wanted = read(namedSite, sites);
        for (JiraSite site : sites) {
            if (site.canonicalSite().equals(wanted)) {
                return List.of(site);
            }
        }
        throw new UnknownSiteException(
                sites.isEmpty() ? Messages.SiteSelection_None(wanted) : Messages.SiteSelection_Unknown(wanted, names(sites)));
    }

    private static String names(List<JiraSite> sites) {
        return String.join(", ", sites.stream().map(JiraSite::canonicalSite).toList());
    }

    private static String read(String namedSite, List<JiraSite> sites) throws UnknownSiteException {
        try {
            return SiteName.site(namedSite.trim()).canonical();
        } catch (IllegalArgumentException e) {
            throw new UnknownSiteException(
                    sites.isEmpty()
                            ? e.getMessage()
                            : Messages.SiteSelection_NoSite(SiteName.shown(namedSite), e.getMessage(), names(sites)));
        }
    }
}
