package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.AbortException;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.event.Services;
import java.util.List;

/** Which site holds a gate: there is one, or one is named. */
final class GateSites {
    private GateSites() {}

    /** @throws AbortException with a sentence for the console */
    static JiraSite choose(Services services, String fullName, @CheckForNull String named) throws AbortException {
        try {
            List<JiraSite> sites = services.sites(fullName, named);
            if (sites.isEmpty()) {
                throw new AbortException(Messages.GateSites_None());
            }
            if (sites.size() > 1) {
                throw new AbortException(Messages.GateSites_Several());
            }
            return sites.get(0);
        } catch (UnknownSiteException e) {
            throw new AbortException(e.getMessage());
        }
    }
}
