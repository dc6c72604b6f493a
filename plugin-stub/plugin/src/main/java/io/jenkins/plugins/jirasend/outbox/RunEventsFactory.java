package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Action;
import hudson.model.Run;
import hudson.model.TopLevelItem;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import java.util.Collection;
import java.util.List;
import jenkins.model.TransientActionFactory;

/** Gives runs their entry, where there is a site that could have been told something. Asked often, so it looks at nothing. */
@Extension
public final class RunEventsFactory extends TransientActionFactory<Run<?, ?>> {
    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Class<Run<?, ?>> type() {
        return (Class) Run.class;
    }

    /** So that nobody comes here who looks for an action of another kind. */
    @Override
    public Class<? extends Action> actionType() {
        return RunEvents.class;
    }

    @NonNull
    @Override
    public Collection<? extends Action> createFor(@NonNull Run<?, ?> run) {
        boolean told = run.getParent() instanceof TopLevelItem
                && !JiraSendConfiguration.get().getSites().isEmpty();
        return told ? List.of(new RunEvents(run)) : List.of();
    }
}
