package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Gives everyone who waits for a gate a turn when it is due, whoever is due longest first: no more than
 * five turns a second and four at a time in the whole controller, however many wait. It has no thread
 * of its own.
 */
public final class GatePoller {
    /** Between the beginnings of two turns: five a second. */
    static final long SPACING_MS = 200;

    static final int AT_A_TIME = 4;

    /** After a turn that failed, which nobody foresaw: out of memory, say. Its build would wait for ever without another. */
    static final long AFTER_FAILURE_MS = 60_000;

    private static final Logger LOGGER = Logger.getLogger(GatePoller.class.getName());

    /** One that waits. */
    public interface Waiter {
        /** Which site it would ask. */
        String site();

        /**
         * Asks, or does whatever else is due.
         *
         * @param siteRests Jira has asked for a pause, so it must not be asked
         * @return what is to be next; null when the wait is over
         */
        CompletableFuture<Next> turn(boolean siteRests);
    }

    /**
     * What one that waits wants next.
     *
     * @param inMs its next turn
     * @param siteRestsMs how long Jira wants nobody to ask about this site; 0: it did not say
     */
    public record Next(long inMs, long siteRestsMs) {}

    private record Due(long atMs, long order, Waiter waiter) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return atMs != other.atMs ? Long.compare(atMs, other.atMs) : Long.compare(order, other.order);
        }
    }

    private final Supplier<ScheduledExecutorService> timer;
    private final Executor pool;
    private final LongSupplier clock;
    private final PriorityQueue<Due> queue = new PriorityQueue<>();
    private final Set<Waiter> waiters = new HashSet<>();
    private final Map<String, Long> restUntil = new HashMap<>();
    private long lastOrder;
    private long nextStart = Long.MIN_VALUE;
    private int underWay;
    private ScheduledFuture<?> wakeUp;
    private long wakeUpAt;

    /** @param clock milliseconds that never jump */
    GatePoller(Supplier<ScheduledExecutorService> timer, Executor pool, LongSupplier clock) {
        this.timer = timer;
        this.pool = pool;
        this.clock = clock;
    }

    /** Its first turn is as soon as there is room. */
    public synchronized void add(Waiter waiter) {
        if (waiters.add(waiter)) {
            queue.add(new Due(clock.getAsLong(), ++lastOrder, waiter));
            schedule();
        }
    }

    /** It gets no turn any more; one that has begun goes on. */
    public synchronized void remove(Waiter waiter) {
        if (waiters.remove(waiter)) {
            queue.removeIf(due -> due.waiter() == waiter);
        }
    }

    public synchronized int size() {
        return waiters.size();
    }

    private synchronized void begin() {
        wakeUp = null;
        long now = clock.getAsLong();
        while (!queue.isEmpty() && queue.peek().atMs() <= now && underWay < AT_A_TIME && nextStart <= now) {
            Waiter waiter = queue.poll().waiter();
            boolean rests = restUntil.getOrDefault(waiter.site(), Long.MIN_VALUE) > now;
            underWay++;
            nextStart = now + SPACING_MS;
            try {
                pool.execute(() -> run(waiter, rests));
            } catch (RejectedExecutionException e) {
                underWay--; // Jenkins is on its way down; the wait goes on after the next start
                return;
            }
        }
        schedule();
    }

    private void run(Waiter waiter, boolean rests) {
        CompletableFuture<Next> turn;
        try {
            turn = waiter.turn(rests);
        } catch (RuntimeException | Error e) {
            turn = CompletableFuture.failedFuture(e);
        }
        turn.whenComplete((next, problem) -> {
            if (problem != null) {
                LOGGER.log(Level.WARNING, "Somebody who waits for a gate could not ask, and does so in a minute.", problem);
            }
            ended(waiter, problem == null ? next : new Next(AFTER_FAILURE_MS, 0));
        });
    }

    private synchronized void ended(Waiter waiter, @CheckForNull Next next) {
        underWay--;
        long now = clock.getAsLong();
        if (next == null) {
            waiters.remove(waiter);
        } else {
            if (next.siteRestsMs() > 0) {
                restUntil.merge(waiter.site(), now + next.siteRestsMs(), Math::max);
            }
            if (waiters.contains(waiter)) {
                queue.add(new Due(now + Math.max(0, next.inMs()), ++lastOrder, waiter));
            }
        }
        restUntil.values().removeIf(until -> until <= now);
        schedule();
    }

    private void schedule() {
        if (queue.isEmpty() || underWay >= AT_A_TIME) {
            return;
        }
        long at = Math.max(queue.peek().atMs(), nextStart);
        if (wakeUp != null) {
            if (wakeUpAt <= at) {
                return;
            }
            wakeUp.cancel(false);
        }
        wakeUpAt = at;
        wakeUp = timer.get().schedule(this::begin, Math.max(0, at - clock.getAsLong()), TimeUnit.MILLISECONDS);
    }
}
