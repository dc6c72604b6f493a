package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What people read in the log of a build: one line for each event and site. */
public final class Console {
    private static final String PREFIX = "[jirasend] ";
    private static final int MAX_KEYS = 20;
    /** Control characters, and what ends a line or turns its direction (native/src/base/text.c). */
    private static final Pattern UNPRINTABLE =
            Pattern.compile("[\\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]+");
    private static final Set<String> SELF_EXPLAINING = Set.of(Receipt.ACCEPTED, Receipt.SUPERSEDED);

    private Console() {}

    /**
     * Such as {@code [jirasend] build team/app #42, failed -> acme.atlassian.net: accepted (APP-1, APP-2)}.
     *
     * @param place the environment of a deployment, the id of a flag
     * @param state what Jira is told; empty when there is none, as of a flag
     */
    public static void print(
            TaskListener listener,
            Run<?, ?> run,
            EventKind kind,
            @CheckForNull String place,
            String state,
            Receipt receipt) {
        StringBuilder line = new StringBuilder(kind.word()).append(' ');
        if (kind == EventKind.FLAG && place != null) {
            line.append(place).append(" by ");
        }
        line
                .append(run.getParent().getFullName())
                .append(" #")
                .append(run.getNumber());
        if (kind == EventKind.DEPLOYMENT && place != null) {
            line.append(" to ").append(place);
        }
        if (!state.isEmpty()) {
            line.append(", ").append(state.replace('_', ' '));
        }
        if (!receipt.site().isEmpty()) {
            line.append(" -> ").append(receipt.site());
        }
        line.append(": ").append(receipt.status());
        if (!receipt.issueKeys().isEmpty()) {
            line.append(" (").append(list(receipt.issueKeys())).append(')');
        }
        if (!receipt.message().isBlank()
                && (!SELF_EXPLAINING.contains(receipt.status()) || !receipt.unknownIssueKeys().isEmpty())) {
            line.append(": ").append(receipt.message());
        }
        note(listener, line.toString());
    }

    /** The same for what a step or action has sent: a receipt for each event, in their order. */
    public static void print(
            TaskListener listener, Run<?, ?> run, SendOptions options, List<PreparedEvent> events, List<Receipt> receipts) {
        for (int i = 0; i < receipts.size(); i++) {
            print(listener, run, options.kind(), options.place(), events.get(i).state(), receipts.get(i));
        }
    }

    /** Such as {@code [jirasend] 3 commits -> acme.atlassian.net: accepted (APP-1)}: one line for each status. */
    public static void printMany(TaskListener listener, String kind, List<Receipt> receipts) {
        Map<String, List<Receipt>> byStatus = new LinkedHashMap<>();
        receipts.forEach(receipt -> byStatus.computeIfAbsent(receipt.status(), unused -> new ArrayList<>()).add(receipt));
        byStatus.forEach((status, some) -> {
            Receipt first = some.get(0);
            String noun = kind.replace('_', ' ');
            StringBuilder line = new StringBuilder();
            line.append(some.size() == 1 ? noun : some.size() + " " + noun + (noun.endsWith("h") ? "es" : "s"));
            line.append(" -> ").append(first.site()).append(": ").append(status);
            List<String> keys = some.stream()
                    .flatMap(receipt -> receipt.issueKeys().stream())
                    .distinct()
                    .toList();
            if (!keys.isEmpty()) {
                line.append(" (").append(list(keys)).append(')');
            }
            if (!first.message().isBlank() && !SELF_EXPLAINING.contains(status)) {
                line.append(": ").append(first.message());
            }
            note(listener, line.toString());
        });
    }

    /** A sentence about no event in particular. */
    public static void note(TaskListener listener, String sentence) {
        listener.getLogger().println(PREFIX + oneLine(sentence));
    }

    private static String list(List<String> keys) {
        if (keys.size() <= MAX_KEYS) {
            return String.join(", ", keys);
        }
        return String.join(", ", keys.subList(0, MAX_KEYS)) + Messages.Console_AndMore(keys.size() - MAX_KEYS);
    }

    /** Names of jobs and answers of servers must not be able to forge lines of the log. */
    private static String oneLine(String text) {
        return UNPRINTABLE.matcher(text).replaceAll(" ");
    }
}
