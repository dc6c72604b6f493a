package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was told to Jira and what became of it, as the outbox remembers it. */
public final class History {
    private final Session session;

    History(Session session) {
        this.session = session;
    }

    /**
     * Which events are asked for: all that fit each that is not empty or 0.
     *
     * @param pipelineIds any of these; none: all
     * @param number of builds and deployments
     * @param environment id or name
     * @param statuses of receipts, comma-separated
     * @param state as it was told
     * @param since submitted at this time (since 1970) or later
     * @param until submitted before it
     */
    public record Filter(
            String key,
            List<String> pipelineIds,
            long number,
            String environment,
            String statuses,
            String state,
            long since,
            long until) {
        public static final Filter ALL = new Filter("", List.of(), 0, "", "", "", 0, 0);

        public Filter {
            pipelineIds = List.copyOf(pipelineIds);
        }

        public static Filter ofBuild(List<String> pipelineIds, long number, long since) {
            return new Filter("", pipelineIds, number, "", "", "", since, 0);
        }

        public static Filter ofStatus(String statuses) {
            return new Filter("", List.of(), 0, "", statuses, "", 0, 0);
        }

        private Map<String, Object> question(String pipelineId, long before, int limit) {
            Map<String, Object> question = new LinkedHashMap<>();
            question.put("what", "history");
            put(question, "key", key);
            put(question, "pipelineId", pipelineId);
            put(question, "environment", environment);
            put(question, "statuses", statuses);
            put(question, "state", state);
            put(question, "cursor", before > 0 ? Long.toString(before) : "");
            put(question, "number", number);
            put(question, "since", since);
            put(question, "until", until);
            question.put("limit", limit);
            return question;
        }

        private static void put(Map<String, Object> question, String name, String value) {
            if (!value.isEmpty()) {
                question.put(name, value);
            }
        }

        private static void put(Map<String, Object> question, String name, long value) {
            if (value > 0) {
                question.put(name, value);
            }
        }
    }

    /**
     * A part of the history.
     *
     * @param receipts newest first (docs/events.md)
     * @param more whether there are older ones
     */
    public record Page(List<Map<?, ?>> receipts, boolean more) {
        /** What the next page begins before; 0: nothing. */
        public long last() {
            return receipts.isEmpty() ? 0 : Json.number(receipts.get(receipts.size() - 1), "id");
        }
    }

    /**
     * The newest of those before an event.
     *
     * @param before its id; 0: from the newest
     */
    public Page page(Filter filter, long before, int limit) throws JiraSendException {
        List<String> pipelines = filter.pipelineIds().isEmpty() ? List.of("") : filter.pipelineIds();
        List<Map<?, ?>> found = new ArrayList<>();
        boolean more = false;
        for (String pipeline : pipelines) {
            Map<?, ?> answer = Json.readObject(session.ask(filter.question(pipeline, before, limit)));
            for (Object receipt : Json.list(answer, "receipts")) {
                if (receipt instanceof Map<?, ?> map) {
                    found.add(map);
                }
            }
            more |= !Json.text(answer, "cursor").isEmpty();
        }
        found.sort(Comparator.comparingLong((Map<?, ?> receipt) -> Json.number(receipt, "id")).reversed());
        List<Map<?, ?>> shown = found.size() > limit ? found.subList(0, limit) : found;
        return new Page(List.copyOf(shown), more || found.size() > limit);
    }

    /** One event, also one that was settled long ago; null when it is not known. */
    @CheckForNull
    public Map<?, ?> event(long id) throws JiraSendException {
        List<Map<?, ?>> found = page(Filter.ALL, id + 1, 1).receipts();
        return found.isEmpty() || Json.number(found.get(0), "id") != id ? null : found.get(0);
    }

    /** Why an issue shows what it shows: its {@code events}, and texts that hold its key and were {@code dropped}. */
    public Map<?, ?> explain(String key) throws JiraSendException {
        return Json.readObject(session.ask(Map.of("what", "explain", "key", key)));
    }

    /** Issues that are in the first environment (id or name) and not in the second. */
    public List<String> diff(String first, String second) throws JiraSendException {
        List<String> keys = new ArrayList<>();
        if (Json.read(session.ask(Map.of("what", "diff", "first", first, "second", second))) instanceof List<?> list) {
            list.forEach(key -> keys.add(String.valueOf(key)));
        }
        return keys;
    }

    /** As OpenMetrics. */
    public String metrics() throws JiraSendException {
        return new String(session.ask(Map.of("what", "metrics")), StandardCharsets.UTF_8);
    }
}
