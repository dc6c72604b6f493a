package io.jenkins.plugins.jirasend.nativecore;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Ends the waits that no receipt from the pump ends: of events that are settled already, when the time is
 * over, and as soon as it is certain that waiting longer is in vain.
 */
final class WaitLimits {
    private static final Logger LOGGER = Logger.getLogger(WaitLimits.class.getName());

    private final PendingReceipts pending;
    private final Session session;
    private final Delivery delivery;
    private final SiteRegistry sites;

    WaitLimits(PendingReceipts pending, Session session, Delivery delivery, SiteRegistry sites) {
        this.pending = pending;
        this.session = session;
        this.delivery = delivery;
        this.sites = sites;
    }

    /** The event is committed, and its time begins. */
    void begin(PendingReceipts.Waiter waiter, long id, long ms, ScheduledExecutorService timer) {
        waiter.committed(id, System.nanoTime() + ms * 1_000_000);
        if (ms == 0) {
            giveUp(waiter);
        } else if (!look(waiter)) {
            giveUpLater(waiter, ms, timer);
        }
    }

    private void giveUpLater(PendingReceipts.Waiter waiter, long ms, ScheduledExecutorService timer) {
        try {
            waiter.timer(timer.schedule(() -> giveUp(waiter), ms, TimeUnit.MILLISECONDS));
        } catch (RuntimeException e) {
            giveUp(waiter); // no timer on the way down
        }
    }

    /** The time is over. The core is asked once more before anybody says "queued". */
    private void giveUp(PendingReceipts.Waiter waiter) {
        try {
            waiter.complete(delivery.receipt(waiter.id()));
        } catch (JiraSendException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "No receipt for an event whose time is over.", e);
            waiter.complete(queued(waiter, Messages.WaitLimits_StillThere()));
        }
    }

    /**
     * Ends the wait if it is settled already (an event that is submitted again), or will not be soon.
     *
     * @return whether the wait is over
     */
    private boolean look(PendingReceipts.Waiter waiter) {
        try {
            Receipt receipt = delivery.receipt(waiter.id());
            boolean stuck = receipt.status().equals(Receipt.HELD)
                    || sites.problem(receipt.site()) != null
                    || session.isPaused();
            if (receipt.settled() || stuck) {
                waiter.complete(receipt);
                return true;
            }
        } catch (JiraSendException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "No receipt for an event that was just submitted.", e);
        }
        return false;
    }

    /** The core was closed for a while: what was settled meanwhile may have passed the pump by. */
    void lookAtAll() {
        for (PendingReceipts.Waiter waiter : pending.all()) {
            if (waiter.id() != 0) {
                look(waiter);
            }
        }
    }

    /** Once a second while somebody waits: what will not be sent in time is answered now. */
    void poll() {
        try {
            List<PendingReceipts.Waiter> waiting = pending.all();
            if (waiting.isEmpty()) {
                return;
            }
            DeliveryState now = delivery.readState();
            Map<String, DeliveryState.Lane> lanes = new HashMap<>();
            now.lanes().forEach(lane -> lanes.put(lane.kind() + " " + lane.site(), lane));
            long nanos = System.nanoTime();
            for (PendingReceipts.Waiter waiter : waiting) {
                DeliveryState.Lane lane = lanes.get(waiter.key.kind() + " " + waiter.key.site());
                if (waiter.id() == 0) {
                    continue;
                }
                if (lane != null && (lane.held() || lane.retryInMs() > waiter.leftMs(nanos))) {
                    giveUp(waiter);
                } else {
                    look(waiter);
                }
            }
        } catch (JiraSendException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "The state of delivery could not be read.", e);
        }
    }

    /** Nothing more will be heard: whoever waits is told why. */
    void end(String reason) {
        for (PendingReceipts.Waiter waiter : pending.all()) {
            waiter.complete(queued(waiter, reason));
        }
    }

    private static Receipt queued(PendingReceipts.Waiter waiter, String message) {
        return new Receipt(
                waiter.id(),
                waiter.key.requestId(),
                waiter.key.kind(),
                waiter.key.site(),
                Receipt.QUEUED,
                List.of(),
                List.of(),
                0,
                message,
                0,
                0);
    }
}
