package io.jenkins.plugins.jirasend.nativecore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What can be seen of the outbox, and done to what is in it: the delivery page, monitors, and whoever waits. */
public final class Delivery {
    private static final Logger LOGGER = Logger.getLogger(Delivery.class.getName());

    private final Session session;
    private final SiteRegistry sites;
    private volatile DeliveryState state = DeliveryState.without(Messages.JiraSendClient_NotStarted(), false);

    Delivery(Session session, SiteRegistry sites) {
        this.session = session;
        this.sites = sites;
    }

    /** Nothing can be sent, and this is why. */
    void without(String reason, boolean broken) {
        state = DeliveryState.without(reason, broken);
    }

    /** As it was a moment ago. */
    public DeliveryState state() {
        return state;
    }

    /** As it is now, or as it was when that cannot be asked for. */
    public DeliveryState stateNow() {
        try {
            return readState();
        } catch (JiraSendException | RuntimeException e) {
            LOGGER.log(Level.FINE, "The state of delivery could not be read.", e);
            return state;
        }
    }

    DeliveryState readState() throws JiraSendException {
        DeliveryState now = DeliveryState.read(session.ask(Map.of("what", "status")), sites.problems());
        if (!session.isShared()) {
            now = now.withProblems(removed(now));
        }
        state = now;
        return now;
    }

    /** Sites that somebody has taken out of the configuration while events for them waited. */
    private List<String> removed(DeliveryState now) {
        return now.lanes().stream()
                .filter(lane -> lane.waiting() > 0 && !sites.isConfigured(lane.site()))
                .map(DeliveryState.Lane::site)
                .distinct()
                .map(site -> Messages.Delivery_Removed(site))
                .toList();
    }

    /** What is known of an event now. Of one that waits for a site that cannot be used: why. */
    Receipt receipt(long id) throws JiraSendException {
        Receipt receipt = Receipt.parse(session.ask(Map.of("what", "receipt", "id", id)));
        // the core knows of missing credentials, but not which ones Jenkins was told to use
        String problem = receipt.settled() ? null : sites.problem(receipt.site());
        return problem == null ? receipt : receipt.withMessage(problem);
    }

    /** Waiting, held and dead events after this id, oldest first: receipts (docs/events.md). */
    public List<Map<?, ?>> list(long after, int limit) throws JiraSendException {
        List<Map<?, ?>> receipts = new ArrayList<>();
        Object answer = Json.read(session.ask(Map.of("what", "list", "after", after, "limit", limit)));
        if (answer instanceof List<?> elements) {
            for (Object element : elements) {
                if (element instanceof Map<?, ?> receipt) {
                    receipts.add(receipt);
                }
            }
        }
        return receipts;
    }

    /** Whether the event waits or is a dead letter, so that it can be tried again or dropped. */
    public boolean isOpen(long id) throws JiraSendException {
        List<Map<?, ?>> found = list(id - 1, 1);
        return !found.isEmpty() && Json.number(found.get(0), "id") == id;
    }

    /** Whether what Jira was told is still known word for word, so that it can be told again. */
    public boolean isKept(long id) throws JiraSendException {
        return Json.flag(Json.readObject(session.ask(Map.of("what", "kept", "id", id))), "kept");
    }

    /** Tries an event again, whatever stands in its way. */
    public void retry(long id) throws JiraSendException {
        act(Map.of("do", "retry", "id", id));
    }

    /** Lifts the hold and the waits of a site. */
    public void retrySite(String site) throws JiraSendException {
        act(Map.of("do", "retry", "site", site));
    }

    /** Gives an event up for good. */
    public void drop(long id) throws JiraSendException {
        act(Map.of("do", "drop", "id", id));
    }

    /**
     * Tells Jira again what it was told, as the newest news.
     *
     * @param state another one than then; empty: the same
     */
    public void resend(long id, String state) throws JiraSendException {
        act(state.isEmpty() ? Map.of("do", "resend", "id", id) : Map.of("do", "resend", "id", id, "state", state));
    }

    private void act(Map<String, ?> action) throws JiraSendException {
        session.act(action);
        LOGGER.fine(() -> "An administrator has asked for " + action + ".");
        readState();
    }
}
