package io.jenkins.plugins.jirasend.outbox;

import hudson.Extension;

/** Events are held until somebody mends credentials, a permission or a site. */
@Extension
public class HeldSiteMonitor extends DeliveryMonitor {
    @Override
    public String getDisplayName() {
        return Messages.HeldSiteMonitor_DisplayName();
    }

    @Override
    public boolean isActivated() {
        return !getState().heldLanes().isEmpty() || !getState().siteProblems().isEmpty();
    }
}
