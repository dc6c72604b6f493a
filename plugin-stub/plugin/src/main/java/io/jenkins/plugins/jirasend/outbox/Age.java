package io.jenkins.plugins.jirasend.outbox;

import java.time.Duration;

/** A length of time in words. */
final class Age {
    private Age() {}

    static String of(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        if (seconds < 60) {
            return Messages.Age_Seconds(seconds);
        }
        if (seconds < 3600) {
            return Messages.Age_Minutes(seconds / 60);
        }
        return seconds < 2 * 86_400 ? Messages.Age_Hours(seconds / 3600) : Messages.Age_Days(seconds / 86_400);
    }
}
