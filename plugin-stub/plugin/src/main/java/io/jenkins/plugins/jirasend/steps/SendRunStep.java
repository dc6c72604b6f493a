package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.event.EventKind;
import java.io.Serial;
import org.kohsuke.stapler.DataBoundSetter;

/** What builds and deployments have in common: they are about a run, and have a state. */
public abstract class SendRunStep extends SendStep {
    @Serial
    private static final long serialVersionUID = 1L;

    protected SendRunStep(EventKind kind) {
        super(kind);
    }

    @CheckForNull
    public String getState() {
        return options().state();
    }

    @DataBoundSetter
    public void setState(@CheckForNull String state) {
        options().state(state);
    }

    @CheckForNull
    public String getDescription() {
        return options().description();
    }

    @DataBoundSetter
    public void setDescription(@CheckForNull String description) {
        options().description(description);
    }

    @CheckForNull
    public String getLabel() {
        return options().label();
    }

    @DataBoundSetter
    public void setLabel(@CheckForNull String label) {
        options().label(label);
    }
}
