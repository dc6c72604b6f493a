package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Result;
import java.util.List;

/** The states that Jira knows. */
public final class State {
    public static final String PENDING = "pending";
    public static final String IN_PROGRESS = "in_progress";
    public static final String SUCCESSFUL = "successful";
    public static final String FAILED = "failed";
    public static final String CANCELLED = "cancelled";
    public static final String UNKNOWN = "unknown";
    public static final String ROLLED_BACK = "rolled_back";

    private State() {}

    /** For forms. */
    public static List<String> all(EventKind kind) {
        return kind == EventKind.BUILD
                ? List.of(PENDING, IN_PROGRESS, SUCCESSFUL, FAILED, CANCELLED, UNKNOWN)
                : List.of(PENDING, IN_PROGRESS, SUCCESSFUL, FAILED, CANCELLED, ROLLED_BACK, UNKNOWN);
    }

    /** A run without a result is successful so far, like {@code currentBuild.currentResult}. */
    public static String of(@CheckForNull Result result) {
        if (result == null || result.equals(Result.SUCCESS)) {
            return SUCCESSFUL;
        }
        if (result.equals(Result.FAILURE) || result.equals(Result.UNSTABLE)) {
            return FAILED;
        }
        return CANCELLED;
    }

    /** Nothing is expected to follow. */
    public static boolean isEnd(String state) {
        return !PENDING.equals(state) && !IN_PROGRESS.equals(state);
    }
}
