package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.nativecore.Delivery;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Json;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jenkins.model.Jenkins;

/**
 * A part of the events, with the ways to the parts before and after it; its view is a table. Public,
 * because pages call its methods.
 */
public final class EventTable {
    static final int PAGE = 50;

    private final List<EventRow> rows;
    private final String previous;
    private final String next;
    private final String problem;

    /**
     * @param previous the address of the part before; null: there is none
     * @param next the address of the part after it; null: there is none
     * @param problem why nothing can be shown, or null
     */
    EventTable(
            List<EventRow> rows, @CheckForNull String previous, @CheckForNull String next, @CheckForNull String problem) {
        this.rows = List.copyOf(rows);
        this.previous = previous;
        this.next = next;
        this.problem = problem;
    }

    static EventTable problem(String sentence) {
        return new EventTable(List.of(), null, null, sentence);
    }

    /** What waits or is dead, with what can be done about it. */
    static List<EventRow> open(List<Map<?, ?>> receipts, Set<String> said) {
        Instant now = Instant.now();
        return receipts.stream()
                .map(receipt -> new EventRow(receipt, EventRow.Kept.OPEN, isSaid(receipt, said), now))
                .toList();
    }

    /** A sentence is known by its site, so that another site's is not hidden. */
    static String said(String site, String message) {
        return site + "\n" + message;
    }

    private static boolean isSaid(Map<?, ?> receipt, Set<String> said) {
        return said.contains(said(Json.text(receipt, "site"), Json.text(receipt, "message")));
    }

    /** Events of whatever status; what can be done about each is asked for. */
    static List<EventRow> known(List<Map<?, ?>> receipts, Delivery delivery) throws JiraSendException {
        Instant now = Instant.now();
        List<EventRow> rows = new ArrayList<>();
        for (Map<?, ?> receipt : receipts) {
            rows.add(new EventRow(receipt, kept(receipt, delivery), false, now));
        }
        return rows;
    }

    private static EventRow.Kept kept(Map<?, ?> receipt, Delivery delivery) throws JiraSendException {
        long id = Json.number(receipt, "id");
        if (Json.number(receipt, "relayId") > 0) {
            return EventRow.Kept.GONE;
        }
        return switch (Json.text(receipt, "status")) {
            case Receipt.QUEUED, Receipt.HELD -> EventRow.Kept.OPEN;
            case Receipt.REJECTED -> delivery.isOpen(id) ? EventRow.Kept.OPEN : EventRow.Kept.GONE;
            case Receipt.ACCEPTED -> delivery.isKept(id) ? EventRow.Kept.TOLD : EventRow.Kept.GONE;
            default -> EventRow.Kept.GONE;
        };
    }

    static Delivery delivery() {
        return JiraSendClient.get().delivery();
    }

    public List<EventRow> getRows() {
        return rows;
    }

    public String getPrevious() {
        return previous;
    }

    public String getNext() {
        return next;
    }

    public String getProblem() {
        return problem;
    }

    /** Whether there are events on it that can be tried again or dropped together. */
    public boolean isManyOpen() {
        return rows.stream().filter(EventRow::isOpen).count() > 1;
    }

    public long getOpenCount() {
        return rows.stream().filter(EventRow::isOpen).count();
    }

    /** Those on it that can be tried again or dropped, as a query. */
    public String getOpenIds() {
        return rows.stream()
                .filter(EventRow::isOpen)
                .map(row -> "id=" + row.getId())
                .collect(Collectors.joining("&"));
    }

    /** Who may do something, and not only look. */
    public boolean isAdministrator() {
        return Jenkins.get().hasPermission(Jenkins.ADMINISTER);
    }

    /** Below the address of Jenkins. */
    public String getActionsUrl() {
        return "manage/" + DeliveryLink.URL;
    }
}
