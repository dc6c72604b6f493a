package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.Delivery;
import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Why an issue shows what it shows. Public, because pages call its methods.
 *
 * @param events what named it, newest first
 * @param found where each of them had the key, in their order
 * @param dropped texts that hold the key and were not taken
 * @param problem why nothing can be said, or null
 */
public record Explanation(
        String key, EventTable events, List<Found> found, List<Dropped> dropped, @CheckForNull String problem) {
    private static final int SHOWN = 200;

    /** Where an event had the key. */
    public record Found(EventRow row, String from) {}

    /** A text of an event that was not taken for the key of an issue. */
    public record Dropped(long id, String rule) {}

    static Explanation of(String key, History history, Delivery delivery) {
        if (key.isEmpty()) {
            return new Explanation("", EventTable.problem(""), List.of(), List.of(), null);
        }
        try {
            return read(key, history.explain(key), delivery);
        } catch (JiraSendException | IllegalStateException e) {
            return new Explanation(key, EventTable.problem(""), List.of(), List.of(), e.getMessage());
        }
    }

    private static Explanation read(String key, Map<?, ?> answer, Delivery delivery) throws JiraSendException {
        List<Map<?, ?>> receipts = new ArrayList<>();
        for (Object event : Json.list(answer, "events")) {
            if (event instanceof Map<?, ?> receipt && receipts.size() < SHOWN) {
                receipts.add(receipt);
            }
        }
        List<EventRow> rows = EventTable.known(receipts, delivery);
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            found.add(new Found(rows.get(i), from(receipts.get(i))));
        }
        List<Dropped> dropped = new ArrayList<>();
        for (Object element : Json.list(answer, "dropped")) {
            if (element instanceof Map<?, ?> map) {
                dropped.add(new Dropped(Json.number(map, "id"), rule(Json.text(map, "rule"))));
            }
        }
        String shown = Json.text(answer, "key");
        String problem = rows.isEmpty() && dropped.isEmpty() ? Messages.Explanation_Nothing(shown) : null;
        return new Explanation(shown, new EventTable(rows, null, null, null), found, dropped, problem);
    }

    private static String from(Map<?, ?> receipt) {
        Map<?, ?> found = receipt.get("found") instanceof Map<?, ?> map ? map : Map.of();
        String commit = Json.text(found, "commit");
        return switch (Json.text(found, "from")) {
            case "given" -> Messages.Explanation_Given();
            case "branch" -> Messages.Explanation_Branch();
            case "tag" -> Messages.Explanation_Tag();
            case "title" -> Messages.Explanation_Title();
            case "message" -> commit.isEmpty()
                    ? Messages.Explanation_Message()
                    : Messages.Explanation_MessageOf(commit.substring(0, Math.min(7, commit.length())));
            default -> Messages.Explanation_Text();
        };
    }

    private static String rule(String rule) {
        return switch (rule) {
            case "projects" -> Messages.Explanation_Projects();
            case "not-keys" -> Messages.Explanation_NotKeys();
            case "case" -> Messages.Explanation_Case();
            case "border" -> Messages.Explanation_Border();
            default -> rule;
        };
    }

    public String getKey() {
        return key;
    }

    public List<Found> getFound() {
        return found;
    }

    public List<Dropped> getDropped() {
        return dropped;
    }

    public String getProblem() {
        return problem;
    }
}
