package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import hudson.model.Result;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.nativecore.GateStatus;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.io.IOException;
import java.io.Serial;
import java.util.concurrent.CompletionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.StepExecution;

/**
 * Asks Jira once whether a deployment may go on, without keeping a thread busy. Made for {@code
 * waitUntil}: what may still change is false, what is decided against ends the build.
 */
public final class CheckGatingStatusExecution extends StepExecution {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final Logger LOGGER = Logger.getLogger(CheckGatingStatusExecution.class.getName());

    private final String environmentId;
    private final String site;

    private transient volatile boolean stopped;

    CheckGatingStatusExecution(StepContext context, @CheckForNull String environmentId, @CheckForNull String site) {
        super(context);
        this.environmentId = environmentId;
        this.site = site;
    }

    @Override
    public boolean start() {
        ask();
        return false;
    }

    /** A question has no effect, so it is simply asked again. */
    @Override
    public void onResume() {
        ask();
    }

    @Override
    public void stop(@NonNull Throwable cause) {
        stopped = true;
        getContext().onFailure(cause);
    }

    private void ask() {
        Services.get().pool().execute(() -> {
            try {
                Services services = Services.get();
                Run<?, ?> run = getContext().get(Run.class);
                // In the run's queue: what its earlier steps have sent must be known.
                services.queue().add(run.getExternalizableId(), () -> {
                    try {
                        ask(services, run);
                    } catch (AbortException | RuntimeException | Error e) {
                        fail(e);
                    }
                });
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                fail(e);
            } catch (IOException | RuntimeException | Error e) {
                fail(e);
            }
        });
    }

    private void ask(Services services, Run<?, ?> run) throws AbortException {
        if (environmentId == null) {
            throw new AbortException(Messages.CheckGatingStatus_NoEnvironmentId());
        }
        String unavailable = services.sender().unavailable();
        if (unavailable != null) {
            throw new AbortException(unavailable);
        }
        JiraSite chosen = GateSites.choose(services, run.getParent().getFullName(), site);
        String host = chosen.canonicalSite();
        String undelivered = undelivered(services, run, host);
        if (undelivered != null) {
            answer(run, host, false, undelivered);
            return;
        }
        services.sender()
                .gate(host, SentEvents.pipelineId(run, chosen), environmentId, run.getNumber())
                .whenComplete((status, problem) -> {
                    try {
                        if (problem == null) {
                            judge(run, host, status);
                        } else {
                            judge(run, host, problem);
                        }
                    } catch (RuntimeException | Error e) {
                        fail(e);
                    }
                });
    }

    /** Jira cannot know of a deployment that is still here. */
    @CheckForNull
    private String undelivered(Services services, Run<?, ?> run, String host) {
        long id = SentEvents.deploymentId(run, host, environmentId);
        Receipt receipt = id == 0 ? null : services.sender().receipt(id);
        if (receipt == null || receipt.passedOn()) {
            return null;
        }
        return Messages.CheckGatingStatus_InOutbox(receipt.message());
    }

    private void judge(Run<?, ?> run, String host, GateStatus status) {
        switch (status.status()) {
            case "allowed" -> answer(run, host, true, status.message());
            case "awaiting" -> answer(run, host, false, status.message());
            case "prevented", "expired" -> {
                print(run, host, status.status(), status.message());
                String why = Messages.CheckGatingStatus_Ended(environmentId, status.status());
                if (!stopped) {
                    getContext().onFailure(new FlowInterruptedException(Result.ABORTED, true, new GateCause(why)));
                }
            }
            default -> fail(new AbortException(status.message().isBlank()
                    ? Messages.CheckGatingStatus_Invalid(environmentId)
                    : status.message()));
        }
    }

    /** What may pass by itself is no error: the next question may be answered. */
    private void judge(Run<?, ?> run, String host, Throwable problem) {
        Throwable cause = problem instanceof CompletionException && problem.getCause() != null
                ? problem.getCause()
                : problem;
        boolean passing = cause instanceof JiraSendException refusal
                && switch (refusal.kind()) {
                    case NETWORK, TIMEOUT, CLOSED, MEMORY, STORAGE -> true;
                    default -> false;
                };
        if (passing) {
            answer(run, host, false, cause.getMessage());
        } else {
            fail(cause instanceof JiraSendException ? new AbortException(cause.getMessage()) : cause);
        }
    }

    private void answer(Run<?, ?> run, String host, boolean allowed, String message) {
        print(run, host, allowed ? "allowed" : "awaiting", message);
        if (!stopped) {
            getContext().onSuccess(allowed);
        }
    }

    private void print(Run<?, ?> run, String host, String status, String message) {
        String line = Messages.CheckGatingStatus_Line(
                run.getParent().getFullName(), String.valueOf(run.getNumber()), environmentId, host, status);
        StepLog.note(getContext(), message == null || message.isBlank() ? line : line + ": " + message);
    }

    private void fail(Throwable problem) {
        LOGGER.log(Level.FINE, "A gate could not be asked for.", problem);
        if (!stopped) {
            getContext().onFailure(problem);
        }
    }
}
