package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * One event for one site, ready to be submitted as often as necessary: its request id makes every
 * submit after the first a question for the receipt. Or, with an error, an event that cannot be sent.
 *
 * @param document the event (docs/events.md); null with an error
 * @param error what the step says instead; null with a document
 * @param keys what looks like an issue key in it, to be remembered
 * @param origins the jobs and builds whose keys are deployed by it, as "number job"; empty when the
 *     event does not take part in that
 */
public record PreparedEvent(
        EventKind kind,
        String site,
        String state,
        @CheckForNull String environmentId,
        @CheckForNull String document,
        @CheckForNull Receipt error,
        List<String> keys,
        List<Origin> origins)
        implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    /** A build of a job. */
    public record Origin(String job, int number) implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    public PreparedEvent {
        keys = new ArrayList<>(keys); // a class that Pipelines may be saved with
        origins = new ArrayList<>(origins);
    }

    static PreparedEvent error(SendOptions options, String site, String message) {
        return new PreparedEvent(
                options.kind(),
                site,
                "",
                options.environmentId(),
                null,
                Receipt.error(site, message),
                List.of(),
                List.of());
    }
}
