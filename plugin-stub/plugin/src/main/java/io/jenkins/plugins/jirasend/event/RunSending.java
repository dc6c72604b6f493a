package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.FilePath;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A send by a build that has a thread of its own, which waits for the receipts. */
public final class RunSending {
    /** For the commit and for writing the log, after the time to wait is over. */
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final Services services;

    public RunSending(Services services) {
        this.services = services;
    }

    /**
     * Sends and prints what became of it.
     *
     * @return false when it failed and the build should fail with it
     */
    public boolean send(Run<?, ?> run, @CheckForNull FilePath workspace, SendOptions options, TaskListener listener)
            throws InterruptedException {
        EventSubmitter submitter = new EventSubmitter(services);
        Prepared prepared = services.asSystem(() ->
                new EventPreparer(services).prepare(run, options, new RunContext(workspace, null, listener)));
        prepared.notes().forEach(note -> Console.note(listener, note));
        Duration wait = submitter.wait(options);
        boolean good = true;
        try {
            List<Receipt> receipts = submitter
                    .submit(run, prepared.events(), wait)
                    .get(wait.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
            Console.print(listener, run, options, prepared.events(), receipts);
            good = !submitter.isFailure(receipts);
        } catch (ExecutionException | TimeoutException e) {
            Console.note(listener, Messages.RunSending_NoReceipt(String.valueOf(e.getCause() == null ? e : e.getCause())));
            good = false;
        }
        return good || !options.failOnError();
    }
}
