package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.event.Console;
import io.jenkins.plugins.jirasend.event.EventPreparer;
import io.jenkins.plugins.jirasend.event.EventSubmitter;
import io.jenkins.plugins.jirasend.event.Prepared;
import io.jenkins.plugins.jirasend.event.PreparedEvent;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.StepExecution;

/**
 * A send in a Pipeline. No thread waits for Jira, and Jenkins may be killed at any moment:
 *
 * <ol>
 *   <li>The facts are gathered and the event documents kept in a field, with their request ids.
 *   <li>The program is saved. Whatever happens from here, the same request ids are used again.
 *   <li>The documents are submitted; a second submit with the same request id changes nothing.
 *   <li>The receipts, or the end of the time to wait, complete the step.
 * </ol>
 *
 * So the event of a build that can resume is neither lost nor doubled.
 */
public final class SendExecution extends StepExecution {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final Logger LOGGER = Logger.getLogger(SendExecution.class.getName());

    private final SendOptions options;

    /** Null until the facts are gathered; never changed afterwards. */
    private volatile ArrayList<PreparedEvent> events;

    private transient volatile boolean stopped;
    /** Each event has one line in the log, at the end of the wait. */
    private transient boolean printed;

    SendExecution(StepContext context, SendOptions options) {
        super(context);
        this.options = options;
    }

    @Override
    public boolean start() {
        execute(this::prepareAndSubmit);
        return false;
    }

    @Override
    public void onResume() {
        execute(events == null ? this::prepareAndSubmit : this::submit);
    }

    /** Ends the wait. The event stays where it is: what was submitted is delivered. */
    @Override
    public void stop(@NonNull Throwable cause) {
        stopped = true;
        try {
            printOnce(receiptsOfStop());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        getContext().onFailure(cause);
    }

    /** What can be said without asking: the log may be closed in a moment. */
    private List<Receipt> receiptsOfStop() {
        List<PreparedEvent> prepared = events;
        return prepared == null
                ? List.of()
                : prepared.stream()
                        .map(event -> event.error() != null
                                ? Receipt.error(event.site(), event.error())
                                : Receipt.kept(event.site(), Messages.SendExecution_Stopped()))
                        .toList();
    }

    private void printOnce(List<Receipt> receipts) throws InterruptedException {
        synchronized (this) {
            if (printed || receipts.isEmpty()) {
                return;
            }
            printed = true;
        }
        try {
            TaskListener listener = get(TaskListener.class);
            Run<?, ?> run = get(Run.class);
            Console.print(listener, run, options, events, receipts);
        } catch (IOException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "The log does not say what became of an event.", e);
        }
    }

    @Override
    public String getStatus() {
        return events == null ? Messages.SendExecution_Gathering() : Messages.SendExecution_Waiting();
    }

    private void prepareAndSubmit() throws IOException, InterruptedException {
        Run<?, ?> run = get(Run.class);
        TaskListener found = ifThere(TaskListener.class);
        TaskListener listener = found == null ? TaskListener.NULL : found;
        RunContext context = new RunContext(ifThere(FilePath.class), ifThere(EnvVars.class), listener);
        Prepared prepared = new EventPreparer(Services.get()).prepare(run, options, context);
        prepared.notes().forEach(note -> Console.note(listener, note));
        events = new ArrayList<>(prepared.events());
        // Also when saving has failed: better an event that a restart might double than none.
        getContext().saveState().addListener(() -> execute(this::submit), Runnable::run);
    }

    private void submit() throws IOException, InterruptedException {
        EventSubmitter submitter = new EventSubmitter(Services.get());
        Run<?, ?> run = get(Run.class);
        Duration wait = submitter.wait(options);
        submitter.submit(run, events, wait).whenComplete((receipts, problem) -> {
            if (problem != null) {
                fail(problem);
            } else {
                complete(submitter, receipts);
            }
        });
    }

    private void complete(EventSubmitter submitter, List<Receipt> receipts) {
        try {
            if (Services.get().terminating()) {
                return; // nobody would hear of it; after the start, onResume() asks for the same events
            }
            printOnce(receipts);
            if (stopped) {
                return;
            }
            if (options.failOnError() && submitter.isFailure(receipts)) {
                getContext().onFailure(new AbortException(Messages.SendExecution_Failed()));
            } else {
                getContext().onSuccess(maps(receipts));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Plain collections, because the program may be saved while it holds them. */
    private static ArrayList<Map<String, Object>> maps(List<Receipt> receipts) {
        ArrayList<Map<String, Object>> maps = new ArrayList<>();
        receipts.forEach(receipt -> maps.add(receipt.toMap()));
        return maps;
    }

    private void execute(Work work) {
        Services.get().pool().execute(() -> Work.orFail(work, this::fail));
    }

    /** Something that is not Jira's fault, and that nobody foresaw: no memory, say. The step must not hang for it. */
    private void fail(Throwable problem) {
        LOGGER.log(stopped ? Level.FINE : Level.WARNING, "A step could not tell Jira about a build.", problem);
        if (!stopped) {
            getContext().onFailure(problem);
        }
    }

    @CheckForNull
    private <T> T get(Class<T> type) throws IOException, InterruptedException {
        return getContext().get(type);
    }

    /** What an event can do without: the agent may be gone, and with it workspace and variables. */
    @CheckForNull
    private <T> T ifThere(Class<T> type) throws InterruptedException {
        try {
            return get(type);
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.FINE, e, () -> "A step has to do without " + type.getSimpleName() + ".");
            return null;
        }
    }
}
