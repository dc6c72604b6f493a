package io.jenkins.plugins.jirasend.outbox;

import hudson.model.AdministrativeMonitor;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;

/** One that looks at how delivery stands. It is asked on every page of Jenkins, so it asks nobody. Public, because pages call its methods. */
public abstract class DeliveryMonitor extends AdministrativeMonitor {
    static DeliveryState state() {
        return JiraSendClient.get().state();
    }

    /** Below the address of Jenkins. */
    public String getDeliveryUrl() {
        return "manage/" + DeliveryLink.URL + "/";
    }
}
