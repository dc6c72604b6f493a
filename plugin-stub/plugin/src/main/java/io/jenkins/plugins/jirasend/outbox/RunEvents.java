package io.jenkins.plugins.jirasend.outbox;

import hudson.model.Action;
import hudson.model.Item;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import org.kohsuke.stapler.StaplerProxy;

/** The entry "Jira" of a run: what Jira was told of it, for everybody who may see the job. */
public final class RunEvents implements Action, StaplerProxy {
    /** A build of that many events has told of each of its stages. */
    private static final int MAX = 500;

    /** A clock that is set back during a build hides nothing of it. */
    private static final long CLOCK_MS = 3_600_000;

    private final Run<?, ?> run;

    RunEvents(Run<?, ?> run) {
        this.run = run;
    }

    @Override
    public String getIconFileName() {
        return "symbol-paper-plane-outline";
    }

    @Override
    public String getDisplayName() {
        return Messages.RunEvents_DisplayName();
    }

    @Override
    public String getUrlName() {
        return "jira";
    }

    @Override
    public Object getTarget() {
        run.getParent().checkPermission(Item.READ);
        return this;
    }

    public Run<?, ?> getRun() {
        return run;
    }

    public EventTable getTable() {
        return table(JiraSendClient.get());
    }

    EventTable table(JiraSendClient client) {
        try {
            // An older event is that of a job of the same name, which was deleted, and was not for everybody either.
            History.Filter filter = History.Filter.ofBuild(
                    HistorySearch.pipelines(run.getParent().getFullName()),
                    run.getNumber(),
                    run.getStartTimeInMillis() - CLOCK_MS);
            return new EventTable(
                    EventTable.known(client.history().page(filter, 0, MAX).receipts(), client.delivery()),
                    null,
                    null,
                    null);
        } catch (JiraSendException | IllegalStateException e) {
            return EventTable.problem(e.getMessage());
        }
    }
}
