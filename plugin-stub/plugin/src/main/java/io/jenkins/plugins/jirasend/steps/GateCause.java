package io.jenkins.plugins.jirasend.steps;

import java.io.Serial;
import jenkins.model.CauseOfInterruption;

/** Why a build ended: Jira's gate did not open. */
public final class GateCause extends CauseOfInterruption {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String description;

    GateCause(String description) {
        this.description = description;
    }

    @Override
    public String getShortDescription() {
        return description;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GateCause cause && description.equals(cause.description);
    }

    @Override
    public int hashCode() {
        return description.hashCode();
    }
}
