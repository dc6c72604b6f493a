package io.jenkins.plugins.jirasend.outbox;

import hudson.model.AdministrativeMonitor;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;

/** One that looks at how delivery stands. It is asked on every page of Jenkins, so it asks nobody. */
abstract class DeliveryMonitor extends AdministrativeMonitor {
    /** For the page too. */
    public DeliveryState getState() {
        return JiraSendClient.get().state();
    }

    public String getDeliveryUrl() {
        return "manage/" + DeliveryLink.URL + "/";
    }
}
