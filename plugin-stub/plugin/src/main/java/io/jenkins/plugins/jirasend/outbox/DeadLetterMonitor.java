package io.jenkins.plugins.jirasend.outbox;

import hudson.Extension;

/** Jira has refused events for good. */
@Extension
public class DeadLetterMonitor extends DeliveryMonitor {
    @Override
    public String getDisplayName() {
        return Messages.DeadLetterMonitor_DisplayName();
    }

    @Override
    public boolean isActivated() {
        return getCount() > 0;
    }

    public long getCount() {
        return state().dead();
    }
}
