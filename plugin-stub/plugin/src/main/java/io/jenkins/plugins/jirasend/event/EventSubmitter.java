package io.jenkins.plugins.jirasend.event;

import hudson.model.Job;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Submits prepared events, in the order of the run's queue. */
public final class EventSubmitter {
    private static final Logger LOGGER = Logger.getLogger(EventSubmitter.class.getName());

    private final Services services;

    public EventSubmitter(Services services) {
        this.services = services;
    }

    /**
     * Submits what a step or action has prepared. May be called again with the same events after an
     * interruption: the core knows them by their request ids.
     *
     * @return one receipt for each event, in their order; never fails
     */
    public CompletableFuture<List<Receipt>> submit(Run<?, ?> run, List<PreparedEvent> events, Duration wait) {
        return services.queue().start(run.getExternalizableId(), () -> {
            List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
            for (PreparedEvent event : events) {
                receipts.add(submitOne(run, event, wait, true));
            }
            return all(receipts);
        });
    }

    /**
     * Submits one automatic event. To be called in the run's queue.
     *
     * @return the receipt; never fails
     */
    public CompletableFuture<Receipt> submitAutomatic(Run<?, ?> run, PreparedEvent event, Duration wait) {
        return submitOne(run, event, wait, false);
    }

    /** Submits what is neither a build nor a deployment. Never fails. */
    public CompletableFuture<Receipt> submit(Submission event, Duration wait) {
        CompletableFuture<Receipt> receipt;
        try {
            receipt = services.sender().submit(event, wait);
        } catch (RuntimeException | Error e) {
            receipt = CompletableFuture.failedFuture(e);
        }
        return receipt.exceptionally(problem -> Receipt.error(event.site(), message(problem)));
    }

    /** The seconds that were asked for, or those of the configuration. */
    public Duration wait(SendOptions options) {
        int seconds = options.waitSeconds() == null ? services.defaultWait() : options.waitSeconds();
        return Duration.ofSeconds(Math.max(0, seconds));
    }

    /** The command line with an outbox would end with an error; also where there is no site to send to. */
    public boolean isFailure(List<Receipt> receipts) {
        return receipts.isEmpty() ? !services.disabled() : receipts.stream().anyMatch(this::isFailure);
    }

    boolean isFailure(Receipt receipt) {
        return switch (receipt.status()) {
            case Receipt.REJECTED, Receipt.HELD -> true;
            case Receipt.ERROR -> !services.disabled();
            default -> false;
        };
    }

    private CompletableFuture<Receipt> submitOne(
            Run<?, ?> run, PreparedEvent event, Duration wait, boolean explicit) {
        if (event.error() != null) {
            return CompletableFuture.completedFuture(Receipt.error(event.site(), event.error()));
        }
        CompletableFuture<Receipt> receipt;
        try {
            receipt = services.sender().submit(event.submission(), wait);
        } catch (RuntimeException | Error e) {
            receipt = CompletableFuture.failedFuture(e);
        }
        if (!receipt.isCompletedExceptionally()) {
            tryToRemember(run, event, explicit);
        }
        if (explicit && event.kind() == EventKind.DEPLOYMENT && !State.isEnd(event.state())) {
            receipt = receipt.thenApply(known -> {
                // The thread that brings receipts must not wait for a disk.
                services.queue().add(run.getExternalizableId(),
                        () -> SentEvents.markDeployment(run, event, known.id()));
                return known;
            });
        }
        return receipt.exceptionally(problem -> Receipt.error(event.site(), message(problem)));
    }

    /** The event is submitted, whatever becomes of the memory of it. */
    private void tryToRemember(Run<?, ?> run, PreparedEvent event, boolean explicit) {
        try {
            remember(run, event, explicit);
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.WARNING, e, () -> "An event of " + run + " is submitted, but not remembered.");
        }
    }

    private void remember(Run<?, ?> run, PreparedEvent event, boolean explicit) {
        if (event.kind() == EventKind.FLAG) {
            return; // it has no end, and nothing automatic
        }
        SentEvents.markPipeline(run, event);
        if (explicit && State.isEnd(event.state())) {
            SentEvents.markEnded(run, event);
        }
        if (explicit && event.gated() != null) {
            SentEvents.markGated(run, event);
        }
        if (event.kind() == EventKind.DEPLOYMENT && event.state().equals(State.SUCCESSFUL)) {
            for (PreparedEvent.Origin origin : event.origins()) {
                rememberDeployed(run, event, origin);
            }
        }
    }

    private void rememberDeployed(Run<?, ?> run, PreparedEvent event, PreparedEvent.Origin origin) {
        Job<?, ?> job = run.getParent().getFullName().equals(origin.job())
                ? run.getParent()
                : services.job(origin.job());
        if (job != null) {
            services.history(job).deployed(event.environmentId(), origin.number(), event.keys());
        }
    }

    private static CompletableFuture<List<Receipt>> all(List<CompletableFuture<Receipt>> receipts) {
        return CompletableFuture.allOf(receipts.toArray(new CompletableFuture<?>[0]))
                .thenApply(unused -> receipts.stream().map(CompletableFuture::join).toList());
    }

    private static String message(Throwable problem) {
        Throwable cause = problem instanceof CompletionException && problem.getCause() != null
                ? problem.getCause()
                : problem;
        LOGGER.log(Level.FINE, "An event was not submitted.", cause);
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
