package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import java.util.List;

/** What is in one environment and not in the other. Public, because pages call its methods. */
public record Difference(String from, String to, List<String> keys, @CheckForNull String problem) {
    static Difference of(String from, String to, History history) {
        if (from.isEmpty() || to.isEmpty()) {
            return new Difference(from, to, List.of(), from.isEmpty() && to.isEmpty() ? null : Messages.Difference_Two());
        }
        try {
            return new Difference(from, to, history.diff(from, to), null);
        } catch (JiraSendException | IllegalStateException e) {
            return new Difference(from, to, List.of(), e.getMessage());
        }
    }

    public String getFrom() {
        return from;
    }

    public String getTo() {
        return to;
    }

    public List<String> getKeys() {
        return keys;
    }

    /** Both are known and have been compared. */
    public boolean isDone() {
        return problem == null && !from.isEmpty() && !to.isEmpty();
    }

    public String getProblem() {
        return problem;
    }
}
