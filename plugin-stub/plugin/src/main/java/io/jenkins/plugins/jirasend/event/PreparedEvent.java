package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * One event for one site, ready to be submitted as often as necessary: its request id makes every
 * submit after the first a question for the receipt. Or an event that cannot be sent, with the reason.
 *
 * <p>Part of the saved program of a Pipeline. No record, because the library that writes programs
 * does not read records back.
 */
public final class PreparedEvent implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private final EventKind kind;
    private final String site;
    private final String state;
    private final String environmentId;
    private final String pipelineId;
    private final String requestId;
    private final String document;
    private final String error;
    private final SendOptions gated;
    private final ArrayList<String> keys;
    private final ArrayList<Origin> origins;

    private PreparedEvent(
            SendOptions options,
            String site,
            String state,
            String pipelineId,
            String requestId,
            String document,
            String error,
            boolean gated,
            Collection<String> keys,
            Collection<Origin> origins) {
        this.kind = options.kind();
        this.site = site;
        this.state = state;
        this.pipelineId = pipelineId;
        this.environmentId = options.environmentId();
        this.requestId = requestId;
        this.document = document;
        this.error = error;
        this.gated = gated ? options.cancelled(site) : null;
        this.keys = new ArrayList<>(keys);
        this.origins = new ArrayList<>(origins);
    }

    /**
     * An event to submit.
     *
     * @param pipelineId as it stands in the document, as the next does
     * @param requestId of this event
     * @param document the event (docs/events.md)
     * @param gated Jira is asked to hold it
     * @param keys what looks like an issue key in it, to be remembered
     * @param origins the builds that are deployed by it; empty when their keys are not remembered
     */
    static PreparedEvent of(
            SendOptions options,
            String site,
            String state,
            String pipelineId,
            String requestId,
            String document,
            boolean gated,
            Collection<String> keys,
            Collection<Origin> origins) {
        return new PreparedEvent(options, site, state, pipelineId, requestId, document, null, gated, keys, origins);
    }

    /** An event that cannot be submitted. */
    static PreparedEvent error(SendOptions options, String site, String error) {
        return new PreparedEvent(options, site, "", null, "", null, error, false, List.of(), List.of());
    }

    public EventKind kind() {
        return kind;
    }

    /** In the form that receipts use. */
    public String site() {
        return site;
    }

    public String state() {
        return state;
    }

    @CheckForNull
    public String environmentId() {
        return environmentId;
    }

    /** What Jira is to know the job by; null with an error. */
    @CheckForNull
    String pipelineId() {
        return pipelineId;
    }

    /** Null with an error. */
    @CheckForNull
    String document() {
        return document;
    }

    /** What the core is given; only without an error. */
    Submission submission() {
        return new Submission(kind.word(), site, requestId, document);
    }

    /** How to tell that the deployment that this event asks a gate for is cancelled; null without a gate. */
    @CheckForNull
    SendOptions gated() {
        return gated;
    }

    /** Why it cannot be submitted; null when it can. */
    @CheckForNull
    public String error() {
        return error;
    }

    public List<String> keys() {
        return keys;
    }

    public List<Origin> origins() {
        return origins;
    }

    /** A build of a job. */
    public static final class Origin implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;

        private final String job;
        private final int number;

        Origin(String job, int number) {
            this.job = job;
            this.number = number;
        }

        public String job() {
            return job;
        }

        public int number() {
            return number;
        }
    }
}
