package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * What steps, actions and listeners need of the core. {@link JiraSendClient} is the real one.
 *
 * <p>The futures are completed on threads of a bounded pool that runs with the authority of the
 * system: what depends on them may write to a build's log, and should not wait for anything else.
 */
public interface Sender {
    /**
     * Why nothing can be sent at all: switched off, or no native library for this platform.
     *
     * @return a sentence for people, or null when sending works
     */
    @CheckForNull
    String unavailable();

    /**
     * Commits an event to the outbox and waits for its receipt without keeping a thread busy. The
     * commit itself is done by the calling thread and takes one fsync.
     *
     * @param event names itself as its document does
     * @param wait how long to wait for Jira's answer after the commit
     * @return the settled receipt; or the queued or held one at the end of {@code wait}, and as soon
     *     as it is certain that waiting longer is in vain; or a failure with
     *     {@link JiraSendException} when the core refuses the event, with
     *     {@link IllegalStateException} when sending is unavailable
     */
    CompletableFuture<Receipt> submit(Submission event, Duration wait);

    /**
     * What is known now about an event, also after a restart.
     *
     * @param id the receipt's id
     * @return null when nothing is known, or when it cannot be asked for
     */
    @CheckForNull
    default Receipt receipt(long id) {
        return null;
    }

    /** Asks Jira once for the gate of a deployment. Fails with {@link JiraSendException}. */
    CompletableFuture<GateStatus> gate(String site, String pipelineId, String environmentId, long number);
}
