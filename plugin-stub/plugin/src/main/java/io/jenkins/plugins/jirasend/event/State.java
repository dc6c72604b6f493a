package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Result;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The states that Jira knows. */
public final class State {
    public static final String PENDING = "pending";
    public static final String IN_PROGRESS = "in_progress";
    public static final String SUCCESSFUL = "successful";
    public static final String FAILED = "failed";
    public static final String CANCELLED = "cancelled";
    public static final String UNKNOWN = "unknown";
    public static final String ROLLED_BACK = "rolled_back";

    /** What CI systems and people say. The core has the same table, and a test compares both. */
    static final Map<String, List<String>> WORDS = Map.of(
            PENDING, List.of("queued", "waiting", "scheduled", "created"),
            IN_PROGRESS, List.of("inprogress", "running", "started", "building"),
            SUCCESSFUL, List.of("success", "succeeded", "passed"),
            FAILED, List.of("failure", "failing", "error", "errored", "broken", "unstable", "timed_out"),
            CANCELLED, List.of("canceled", "aborted", "killed", "skipped", "not_built", "stopped"),
            UNKNOWN, List.of(),
            ROLLED_BACK, List.of("rolledback", "rollback"));

    private State() {}

    /** The state that a word means, in any case; a word that means none stays, and the core refuses it. */
    @CheckForNull
    public static String read(@CheckForNull String word) {
        if (word == null) {
            return null;
        }
        String plain = word.toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
        for (Map.Entry<String, List<String>> state : WORDS.entrySet()) {
            if (state.getKey().equals(plain) || state.getValue().contains(plain)) {
                return state.getKey();
            }
        }
        return word;
    }

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
