package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.Console;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.EventPreparer;
import io.jenkins.plugins.jirasend.event.EventSubmitter;
import io.jenkins.plugins.jirasend.event.GatePoller;
import io.jenkins.plugins.jirasend.event.PreparedEvent;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.event.State;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.nativecore.GateStatus;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.StepExecution;

/**
 * Waits for the gate of a run's deployment, without a thread and over restarts. {@link GatePoller} gives
 * it its turns; what it has to remember is in its fields, which are saved with the program.
 *
 * <p>When it ends without leave, Jira is told that the deployment is cancelled. That event is kept in a
 * field before it is submitted, so a restart neither loses nor doubles it.
 */
public final class WaitForGateExecution extends StepExecution implements GatePoller.Waiter {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is done at the end must not make a build that is aborted hang. */
    private static final Duration CANCEL_WAIT = Duration.ofSeconds(2);

    /** Jira never took the deployment, so there is nothing to be cancelled. */
    private static final String REFUSED = "refused";

    private static final Logger LOGGER = Logger.getLogger(WaitForGateExecution.class.getName());

    private final WaitForGateStep step;

    // Set when the wait begins, and saved before anything is asked.
    private volatile String host;
    private String pipelineId;
    private int number;
    private long startedAt;

    // How it ends, once that is decided: allowed, prevented, awaiting (the time is over), invalid, stopped, refused.
    private volatile String decision;
    private String why;
    private LinkedHashMap<String, Object> answer;
    private volatile ArrayList<PreparedEvent> cancellation;

    private transient Throwable interruption;
    private transient GateLines lines;
    private transient GateStatus last;
    private transient volatile Run<?, ?> known;
    /** The log of Jenkins says so already. */
    private transient volatile boolean unreadable;

    WaitForGateExecution(StepContext context, WaitForGateStep step) {
        super(context);
        this.step = step;
    }

    @Override
    public boolean start() {
        execute(this::begin);
        return false;
    }

    /** A gate may have been decided while Jenkins was down, so its turn comes at once. */
    @Override
    public void onResume() {
        if (host == null) {
            execute(this::begin);
        } else if (decision == null) {
            Services.get().gates().add(this);
        } else {
            execute(this::carryOut);
        }
    }

    @Override
    public void stop(@NonNull Throwable cause) {
        Services.get().gates().remove(this);
        synchronized (this) {
            if (host != null && decision == null) {
                interruption = cause;
                decision = "stopped";
                execute(this::carryOut);
                return;
            }
            decision = "stopped"; // before it has begun, or for the second time
        }
        getContext().onFailure(cause);
    }

    @Override
    public String getStatus() {
        return Messages.WaitForGate_Status(step.getEnvironmentId());
    }

    // ---- the beginning ----

    private void begin() throws IOException, InterruptedException {
        Services services = Services.get();
        GateEnd.read(step.getOnPrevented(), "onPrevented");
        GateEnd.read(step.getOnTimeout(), "onTimeout");
        if (step.getEnvironmentId() == null) {
            throw new AbortException(Messages.WaitForGate_NoEnvironmentId());
        }
        String unavailable = services.sender().unavailable();
        if (unavailable != null) {
            throw new AbortException(unavailable);
        }
        Run<?, ?> run = getContext().get(Run.class);
        JiraSite site = GateSites.choose(services, run.getParent().getFullName(), step.getSite());
        // In the run's queue: what its earlier steps have sent must be known.
        services.queue().add(run.getExternalizableId(), () -> orFail(() -> {
            if (SentEvents.gated(run, site.canonicalSite(), step.getEnvironmentId()) == null) {
                fail(new AbortException(Messages.WaitForGate_NotSent(step.getEnvironmentId())));
                return;
            }
            synchronized (this) {
                if (decision != null) {
                    return; // aborted meanwhile
                }
                pipelineId = SentEvents.pipelineId(run, site);
                number = run.getNumber();
                startedAt = services.now();
                host = site.canonicalSite();
            }
            markAwaited(run, step.getCancelOnAbort());
            getContext().saveState().addListener(() -> services.gates().add(this), Runnable::run);
        }));
    }

    private void markAwaited(Run<?, ?> run, boolean awaited) {
        SentEvents.markAwaited(run, host, step.getEnvironmentId(), awaited);
    }

    // ---- its turns ----

    @Override
    public String site() {
        return host;
    }

    @Override
    public CompletableFuture<GatePoller.Next> turn(boolean siteRests) {
        Services services = Services.get();
        if (decision != null || services.terminating()) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            Run<?, ?> run = getContext().get(Run.class);
            known = run;
            unreadable = false;
            boolean over = isOver(services);
            long id = SentEvents.deploymentId(run, host, step.getEnvironmentId());
            Receipt receipt = id == 0 ? null : services.sender().receipt(id);
            if (receipt != null && !receipt.passedOn()) {
                lines().waits(run, Messages.CheckGatingStatus_InOutbox(receipt.message()));
                return CompletableFuture.completedFuture(next(over, GateTimes.LOOK_MS, 0));
            }
            if (receipt != null && (is(receipt, Receipt.REJECTED) || is(receipt, Receipt.SKIPPED))) {
                markAwaited(run, false); // Jira has never heard of it
                refuse(Messages.WaitForGate_NotAccepted(step.getEnvironmentId(), receipt.status(), receipt.message()));
                return CompletableFuture.completedFuture(null);
            }
            if (siteRests) {
                return CompletableFuture.completedFuture(next(over, interval(services), 0));
            }
            return services.sender()
                    .gate(host, pipelineId, step.getEnvironmentId(), number)
                    .handle((status, problem) -> problem == null
                            ? judge(services, run, status, over)
                            : judge(services, run, problem, over));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            Run<?, ?> run = known;
            if (run != null && !run.isBuilding()) {
                return CompletableFuture.completedFuture(null); // killed hard: the listener tells Jira, nobody tells the step
            }
            LOGGER.log(unreadable ? Level.FINE : Level.WARNING, "A build that waits for a gate cannot be read.", e);
            unreadable = true;
            return CompletableFuture.completedFuture(new GatePoller.Next(interval(services), 0));
        }
    }

    private static boolean is(Receipt receipt, String status) {
        return receipt.status().equals(status);
    }

    private GatePoller.Next judge(Services services, Run<?, ?> run, GateStatus status, boolean over) {
        last = status;
        switch (status.status()) {
            case "allowed" -> decide("allowed", "");
            case "prevented", "expired" ->
                decide("prevented", Messages.CheckGatingStatus_Ended(step.getEnvironmentId(), status.status()));
            case "invalid" ->
                decide(
                        "invalid",
                        status.message().isBlank()
                                ? Messages.CheckGatingStatus_Invalid(step.getEnvironmentId())
                                : status.message());
            default -> {
                lines().waits(run, status); // also when Jira does not know it yet
                return next(over, interval(services), 0);
            }
        }
        lines().ends(run, status);
        return null;
    }

    /** Whatever keeps Jira from answering may pass. */
    private GatePoller.Next judge(Services services, Run<?, ?> run, Throwable problem, boolean over) {
        Throwable cause = problem instanceof CompletionException && problem.getCause() != null
                ? problem.getCause()
                : problem;
        if (services.terminating()) {
            return null;
        }
        LOGGER.log(Level.FINE, "A gate could not be asked for.", cause);
        lines().noAnswer(run, cause.getMessage() == null ? cause.toString() : cause.getMessage());
        long rests = cause instanceof JiraSendException refusal ? refusal.retryAfterMs() : 0;
        return next(over, interval(services), rests);
    }

    /** The time is judged after the last question, so that a gate that opens at the very end is seen. */
    @CheckForNull
    private GatePoller.Next next(boolean over, long inMs, long siteRestsMs) {
        if (over) {
            decide("awaiting", Messages.WaitForGate_TimedOut(step.getEnvironmentId(), step.getTimeout()));
            return null;
        }
        long deadline = deadline();
        long left = deadline == 0 ? inMs : Math.max(0, deadline - Services.get().now());
        return new GatePoller.Next(Math.min(inMs, left), siteRestsMs);
    }

    private long deadline() {
        return GateTimes.deadline(startedAt, step.getTimeout());
    }

    private boolean isOver(Services services) {
        return deadline() != 0 && services.now() >= deadline();
    }

    private long interval(Services services) {
        return GateTimes.interval(step.getInterval(), services.now() - startedAt);
    }

    private synchronized GateLines lines() {
        if (lines == null) {
            lines = new GateLines(() -> getContext().get(TaskListener.class), step.getEnvironmentId(), host);
        }
        return lines;
    }

    // ---- the end ----

    private void decide(String what, String reason) {
        LinkedHashMap<String, Object> result = new LinkedHashMap<>();
        GateStatus known = last == null ? new GateStatus("", List.of(), "") : last;
        result.put("status", what);
        result.put("issueKey", known.issueKey());
        result.put("issueLink", known.issueLink());
        result.put("updatedAt", known.updatedAt());
        result.put("waitedSeconds", Math.max(0, (Services.get().now() - startedAt) / 1000));
        synchronized (this) {
            if (decision != null) {
                return;
            }
            why = reason;
            answer = result;
            decision = what;
        }
        execute(this::carryOut);
    }

    private void refuse(String reason) {
        synchronized (this) {
            if (decision != null) {
                return;
            }
            why = reason;
            decision = REFUSED;
        }
        fail(new AbortException(reason));
    }

    /** Tells Jira first, then the build: when that goes on, nothing is left to be done. */
    private void carryOut() throws IOException, InterruptedException {
        Run<?, ?> run = getContext().get(Run.class);
        SendOptions cancelled = SentEvents.gated(run, host, step.getEnvironmentId());
        if (decision.equals("allowed") || decision.equals(REFUSED) || !step.getCancelOnAbort() || cancelled == null) {
            complete(run);
            return;
        }
        if (cancellation != null) {
            submit(run);
            return;
        }
        RunContext context = new RunContext(null, null, TaskListener.NULL);
        var prepared = new EventPreparer(Services.get()).prepare(run, cancelled, context);
        prepared.notes().forEach(note -> StepLog.note(getContext(), note));
        cancellation = new ArrayList<>(prepared.events());
        getContext().saveState().addListener(() -> execute(() -> submit(run)), Runnable::run);
    }

    private void submit(Run<?, ?> run) {
        new EventSubmitter(Services.get()).submit(run, cancellation, CANCEL_WAIT).whenComplete((receipts, problem) -> {
            try {
                if (Services.get().terminating()) {
                    return; // after the start, onResume() asks for the same event
                }
                TaskListener listener = getContext().get(TaskListener.class);
                for (Receipt receipt : receipts == null ? List.<Receipt>of() : receipts) {
                    Console.print(
                            listener, run, EventKind.DEPLOYMENT, step.getEnvironmentId(), State.CANCELLED, receipt);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException | Error e) {
                LOGGER.log(Level.FINE, "The log does not say that a deployment is cancelled.", e);
            }
            complete(run);
        });
    }

    private void complete(Run<?, ?> run) {
        try {
            if (Services.get().terminating()) {
                return;
            }
            markAwaited(run, false);
            switch (decision) {
                case "allowed" -> getContext().onSuccess(answer);
                case "prevented" -> GateEnd.read(step.getOnPrevented(), "onPrevented").end(getContext(), why, answer);
                case "awaiting" -> GateEnd.read(step.getOnTimeout(), "onTimeout").end(getContext(), why, answer);
                case "stopped" -> getContext()
                        .onFailure(
                                interruption == null // it was interrupted before a restart
                                        ? new FlowInterruptedException(Result.ABORTED, true)
                                        : interruption);
                default -> getContext().onFailure(new AbortException(why));
            }
        } catch (AbortException | RuntimeException | Error e) {
            getContext().onFailure(e);
        }
    }

    private void execute(Work work) {
        Services.get().pool().execute(() -> orFail(work));
    }

    private void orFail(Work work) {
        Work.orFail(work, this::fail);
    }

    private void fail(Throwable problem) {
        LOGGER.log(Level.FINE, "A wait for a gate ends.", problem);
        getContext().onFailure(problem);
    }
}
