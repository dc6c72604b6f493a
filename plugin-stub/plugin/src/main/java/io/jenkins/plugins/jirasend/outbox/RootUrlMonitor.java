package io.jenkins.plugins.jirasend.outbox;

import hudson.Extension;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import jenkins.model.JenkinsLocationConfiguration;

/** Jira needs a link to each build, and Jenkins does not know its own address. */
@Extension
public class RootUrlMonitor extends DeliveryMonitor {
    @Override
    public String getDisplayName() {
        return Messages.RootUrlMonitor_DisplayName();
    }

    @Override
    public boolean isActivated() {
        if (JiraSendConfiguration.get().getSites().isEmpty()) {
            return false;
        }
        String url = JenkinsLocationConfiguration.get().getUrl();
        return url == null || url.isBlank();
    }
}
