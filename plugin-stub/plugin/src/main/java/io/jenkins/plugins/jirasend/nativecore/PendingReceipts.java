package io.jenkins.plugins.jirasend.nativecore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.logging.Logger;

/** Who waits for which receipt. Nobody's thread waits: the futures are completed by the executor. */
final class PendingReceipts {
    /** What the receipt of an event is recognised by; a request id is unique for a site and kind only. */
    record Key(String requestId, String site, String kind) {
        static Key of(Receipt receipt) {
            return new Key(receipt.requestId(), receipt.site(), receipt.kind());
        }

        static Key of(Submission event) {
            return new Key(event.requestId(), event.site(), event.kind());
        }
    }

    /** One that waits. */
    final class Waiter {
        final Key key;
        final CompletableFuture<Receipt> future = new CompletableFuture<>();
        private long id;
        private long deadline;
        private ScheduledFuture<?> timer;
        private boolean ended;

        private Waiter(Key key) {
            this.key = key;
        }

        /** The event is in the outbox; from now on the time counts. */
        synchronized void committed(long newId, long newDeadline) {
            id = newId;
            deadline = newDeadline;
        }

        /** What ends the wait at its time. */
        synchronized void timer(ScheduledFuture<?> newTimer) {
            timer = newTimer;
            if (ended) {
                newTimer.cancel(false);
            }
        }

        /** There was no commit: nobody is told. */
        void forget() {
            remove(this);
        }

        /** 0 before the commit. */
        synchronized long id() {
            return id;
        }

        synchronized long leftMs(long nowNanos) {
            return Math.max(0, (deadline - nowNanos) / 1_000_000);
        }

        /** Ends the wait, once. */
        void complete(Receipt receipt) {
            if (remove(this)) {
                stopTimer();
                run(() -> future.complete(receipt));
            }
        }

        private synchronized void stopTimer() {
            ended = true;
            if (timer != null) {
                timer.cancel(false);
            }
        }

        private void run(Runnable completion) {
            try {
                executor.execute(completion);
            } catch (RejectedExecutionException e) {
                completion.run(); // on the way down: late is worse than on this thread
            }
        }
    }

    private static final Logger LOGGER = Logger.getLogger(PendingReceipts.class.getName());

    private final Executor executor;
    private final Map<Key, List<Waiter>> waiting = new HashMap<>();

    PendingReceipts(Executor executor) {
        this.executor = executor;
    }

    synchronized Waiter register(Key key) {
        Waiter waiter = new Waiter(key);
        waiting.computeIfAbsent(key, unused -> new ArrayList<>(1)).add(waiter);
        return waiter;
    }

    private synchronized boolean remove(Waiter waiter) {
        List<Waiter> list = waiting.get(waiter.key);
        boolean removed = list != null && list.remove(waiter);
        if (removed && list.isEmpty()) {
            waiting.remove(waiter.key);
        }
        return removed;
    }

    /** A receipt that the pump has brought. */
    void deliver(Receipt receipt) {
        LOGGER.fine(() -> "Event " + receipt.id() + " for " + receipt.site() + " is " + receipt.status() + ". "
                + receipt.message());
        List<Waiter> found;
        synchronized (this) {
            found = List.copyOf(waiting.getOrDefault(Key.of(receipt), List.of()));
        }
        found.forEach(waiter -> waiter.complete(receipt));
    }

    synchronized List<Waiter> all() {
        List<Waiter> all = new ArrayList<>();
        waiting.values().forEach(all::addAll);
        return all;
    }
}
