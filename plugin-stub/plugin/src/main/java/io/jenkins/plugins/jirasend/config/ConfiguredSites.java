package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import hudson.util.Secret;
import io.jenkins.plugins.jirasend.nativecore.Connections;
import io.jenkins.plugins.jirasend.nativecore.SiteSettings;
import io.jenkins.plugins.jirasend.nativecore.SiteSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/** Tells the client of the core about the configuration, which it does not know. */
@Extension
@Restricted(NoExternalUse.class)
public final class ConfiguredSites implements SiteSource {
    @Override
    public List<SiteSettings> sites() {
        return usable(JiraSendConfiguration.get().getSites());
    }

    /** A file that somebody edited may name what is no site, or one twice. */
    static List<SiteSettings> usable(List<JiraSite> configured) {
        Map<String, SiteSettings> sites = new LinkedHashMap<>();
        for (JiraSite site : configured) {
            if (!site.canonicalSite().isEmpty()) {
                sites.putIfAbsent(site.canonicalSite(), site.settings());
            }
        }
        return new ArrayList<>(sites.values());
    }

    @Override
    public boolean paused() {
        return JiraSendConfiguration.get().isPaused();
    }

    @Override
    public Connections connections() {
        return JiraSendConfiguration.get().connections();
    }

    @Override
    @CheckForNull
    public Login login(String credentialsId) {
        return SiteSecrets.findLogin(credentialsId);
    }

    @Override
    @CheckForNull
    public Secret secret(String credentialsId) {
        return SiteSecrets.find(credentialsId);
    }
}
