package io.jenkins.plugins.jirasend.outbox;

import hudson.Extension;
import hudson.PluginWrapper;
import jenkins.model.Jenkins;

/** Two plugins define the same steps, so nobody knows which of them runs. */
@Extension
public class OfficialPluginMonitor extends DeliveryMonitor {
    static final String OFFICIAL = "atlassian-jira-software-cloud";

    @Override
    public String getDisplayName() {
        return Messages.OfficialPluginMonitor_DisplayName();
    }

    @Override
    public boolean isActivated() {
        PluginWrapper official = Jenkins.get().getPluginManager().getPlugin(OFFICIAL);
        return official != null && official.isActive();
    }
}
