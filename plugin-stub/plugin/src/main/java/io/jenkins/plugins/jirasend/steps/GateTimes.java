package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.concurrent.ThreadLocalRandom;

/** When a wait for a gate asks again, and when it is over. */
final class GateTimes {
    static final long SECOND_MS = 1_000;
    static final long HOUR_MS = 3_600 * SECOND_MS;
    /** A deployment that Jira does not have yet: its receipt is looked at, which asks nobody. */
    static final long LOOK_MS = 2 * SECOND_MS;

    private static final long FIRST_MS = 5 * 60 * SECOND_MS;
    private static final double SPREAD = 0.2;

    private GateTimes() {}

    /** 0: never. */
    static long deadline(long startedAt, @CheckForNull Integer timeoutSeconds) {
        return timeoutSeconds == null || timeoutSeconds <= 0 ? 0 : startedAt + timeoutSeconds * SECOND_MS;
    }

    /** People decide soon or late: often at first, later less often; spread, so that not all ask at once. */
    static long interval(@CheckForNull Integer intervalSeconds, long waitedMs) {
        if (intervalSeconds != null && intervalSeconds > 0) {
            return intervalSeconds * SECOND_MS;
        }
        long seconds = waitedMs < FIRST_MS ? 10 : waitedMs < FIRST_MS + HOUR_MS ? 30 : 60;
        double factor = 1 - SPREAD + ThreadLocalRandom.current().nextDouble() * 2 * SPREAD;
        return Math.round(seconds * SECOND_MS * factor);
    }
}
