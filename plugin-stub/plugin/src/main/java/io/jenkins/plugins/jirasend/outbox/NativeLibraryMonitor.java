package io.jenkins.plugins.jirasend.outbox;

import hudson.Extension;

/** Nothing can be sent at all, and not because an administrator wants it so. */
@Extension
public class NativeLibraryMonitor extends DeliveryMonitor {
    @Override
    public String getDisplayName() {
        return Messages.NativeLibraryMonitor_DisplayName();
    }

    @Override
    public boolean isActivated() {
        return state().broken();
    }

    public String getReason() {
        return state().unavailable();
    }
}
