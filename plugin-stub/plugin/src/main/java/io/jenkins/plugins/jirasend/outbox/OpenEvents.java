package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.Delivery;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Json;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What waits, is held or is a dead letter: all of it, oldest first, or those of one state, newest first.
 * Public, because pages call its methods.
 *
 * @param state that is shown alone; empty: all
 */
public record OpenEvents(String state, EventTable table) {
    private static final Map<String, String> STATUSES =
            Map.of("waiting", Receipt.QUEUED, "held", Receipt.HELD, "dead", Receipt.REJECTED);

    /** So many are looked through one by one; of more, the newest are soon found in the history. */
    private static final int FEW = 500;

    /** Where the events come from. */
    interface Source {
        /** Oldest first after this one. */
        List<Map<?, ?>> list(long after, int limit) throws JiraSendException;

        /** Those of a status, newest first before this one. */
        List<Map<?, ?>> ofStatus(String status, long before, int limit) throws JiraSendException;
    }

    static OpenEvents read(UnaryOperator<String> parameter, DeliveryState now) {
        Delivery delivery = JiraSendClient.get().delivery();
        History history = JiraSendClient.get().history();
        Set<String> said = now.lanes().stream()
                .filter(lane -> !lane.message().isEmpty())
                .map(lane -> EventTable.said(lane.site(), lane.message()))
                .collect(Collectors.toSet());
        return read(parameter, said, new Source() {
            @Override
            public List<Map<?, ?>> list(long after, int limit) throws JiraSendException {
                return delivery.list(after, limit);
            }

            @Override
            public List<Map<?, ?>> ofStatus(String status, long before, int limit) throws JiraSendException {
                boolean few = now.waiting() + now.held() + now.dead() < FEW;
                List<Map<?, ?>> all = few ? delivery.list(0, FEW) : List.of();
                return few && all.size() < FEW // there may be more of them since
                        ? newest(status, all, before, limit)
                        : open(status, history, delivery, before, limit);
            }
        });
    }

    /** Of those that are open, oldest first, the newest of a status. */
    static List<Map<?, ?>> newest(String status, List<Map<?, ?>> open, long before, int limit) {
        List<Map<?, ?>> found = new ArrayList<>();
        for (int i = open.size() - 1; i >= 0 && found.size() < limit; i--) {
            Map<?, ?> receipt = open.get(i);
            long id = Json.number(receipt, "id");
            if (status.equals(Json.text(receipt, "status")) && (before == 0 || id < before)) {
                found.add(receipt);
            }
        }
        return found;
    }

    /** What was dropped has the same status as a dead letter, but is no letter any more. */
    private static List<Map<?, ?>> open(String status, History history, Delivery delivery, long before, int limit)
            throws JiraSendException {
        List<Map<?, ?>> found = new ArrayList<>();
        long last = before;
        boolean more = true;
        while (more && found.size() < limit) {
            History.Page page = history.page(History.Filter.ofStatus(status), last, 100);
            for (Map<?, ?> receipt : page.receipts()) {
                if (!status.equals(Receipt.REJECTED) || delivery.isOpen(Json.number(receipt, "id"))) {
                    found.add(receipt);
                }
            }
            last = page.last();
            more = page.more();
        }
        return found.size() > limit ? found.subList(0, limit) : found;
    }

    static OpenEvents read(UnaryOperator<String> parameter, Set<String> said, Source source) {
        String wanted = parameter.apply("state");
        String state = wanted != null && STATUSES.containsKey(wanted) ? wanted : "";
        Trail trail = Trail.read(parameter.apply("trail"));
        String older = parameter.apply("after"); // of links that somebody has kept
        if (trail.isStart() && older != null) {
            trail = Trail.read(older);
        }
        try {
            List<Map<?, ?>> found = state.isEmpty()
                    ? source.list(trail.here(), EventTable.PAGE + 1)
                    : source.ofStatus(STATUSES.get(state), trail.here(), EventTable.PAGE + 1);
            boolean more = found.size() > EventTable.PAGE;
            List<Map<?, ?>> shown = more ? found.subList(0, EventTable.PAGE) : found;
            return new OpenEvents(
                    state,
                    new EventTable(
                            EventTable.open(shown, said),
                            trail.isStart() ? null : address(state, trail.back()),
                            more ? address(state, trail.forth(Json.number(shown.get(shown.size() - 1), "id"))) : null,
                            null));
        } catch (JiraSendException | IllegalStateException e) {
            return new OpenEvents(state, EventTable.problem(e.getMessage()));
        }
    }

    @CheckForNull
    private static String address(String state, Trail trail) {
        return "?" + (state.isEmpty() ? "" : "state=" + state + "&") + "trail=" + trail;
    }

    public String getState() {
        return state;
    }

    public EventTable getTable() {
        return table;
    }
}
