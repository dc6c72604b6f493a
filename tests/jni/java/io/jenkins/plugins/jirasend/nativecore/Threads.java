package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.CLOSED;
import static io.jenkins.plugins.jirasend.nativecore.Setting.ask;
import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.has;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.number;
import static io.jenkins.plugins.jirasend.nativecore.Setting.open;
import static io.jenkins.plugins.jirasend.nativecore.Setting.openWithSite;
import static io.jenkins.plugins.jirasend.nativecore.Setting.receipt;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;
import static io.jenkins.plugins.jirasend.nativecore.Setting.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** 64 threads on one client, also while it is closed. */
final class Threads {
    private static final int THREADS = 64;
    private static final int EACH = 16;

    private Threads() {}

    interface Work {
        void run(int thread) throws Exception;
    }

    /** Runs it in all threads at once. The futures give what each of them threw. */
    private static List<Future<Void>> start(ExecutorService pool, Work work) {
        List<Future<Void>> futures = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            futures.add(pool.submit(() -> {
                work.run(thread);
                return null;
            }));
        }
        return futures;
    }

    /** Fails when one of them failed, or did not end in time. */
    private static void join(List<Future<Void>> futures) throws Exception {
        for (Future<Void> future : futures) {
            future.get(60, TimeUnit.SECONDS);
        }
    }

    static void submitFromAll() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS + 1);
        long handle = openWithSite(newFolder("threads"));
        Set<Long> submitted = ConcurrentHashMap.newKeySet();
        Set<Long> settled = ConcurrentHashMap.newKeySet();
        long[] cursor = {1};
        Future<?> pump = pool.submit(() -> {
            while (settled.size() < THREADS * EACH) {
                byte[] receipt = NativeCore.nextReceipt(handle, cursor, 60_000);
                check(receipt != null, "receipts are missing: " + settled.size());
                check(has(text(receipt), "status", "\"accepted\""), text(receipt));
                settled.add(number(text(receipt), "id"));
            }
            return null;
        });
        join(start(pool, thread -> {
            for (int i = 0; i < EACH; i++) {
                submitted.add(submit(handle, build("t" + thread, i, "")));
                ask(handle, "{\"what\": \"status\"}");
            }
        }));
        pump.get(60, TimeUnit.SECONDS);
        check(submitted.size() == THREADS * EACH, "ids are unique: " + submitted.size());
        check(settled.equals(submitted), "everything that was submitted was settled, and nothing else");
        NativeCore.close(handle, 5000);
        pool.shutdown();
    }

    /** Ends when the client is closed: a call that comes too late is told so, one inside is ended. */
    private static void untilClosed(Setting.Call call) throws Exception {
        try {
            while (true) {
                call.run();
            }
        } catch (IllegalStateException e) {
            // the handle was closed before the call
        } catch (JiraSendException e) {
            check(e.kind() == CLOSED, e.kind() + ": " + e.getMessage());
        }
    }

    static void closeWhileAllAreInside() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        for (int round = 0; round < 8; round++) {
            Path outbox = newFolder("close");
            long handle = openWithSite(outbox);
            Set<Long> committed = ConcurrentHashMap.newKeySet();
            AtomicInteger number = new AtomicInteger();
            CountDownLatch inside = new CountDownLatch(THREADS);
            List<Future<Void>> futures = start(pool, thread -> {
                inside.countDown();
                switch (thread % 4) {
                    case 0 -> untilClosed(() -> NativeCore.nextReceipt(handle, new long[1], 600_000));
                    case 1 -> untilClosed(() -> ask(handle, "{\"what\": \"check\", \"site\": \"" + Setting.URL + "\"}"));
                    case 2 -> untilClosed(() -> ask(handle, "{\"what\": \"list\"}"));
                    default -> untilClosed(
                            () -> committed.add(submit(handle, build("c", number.incrementAndGet(), ""))));
                }
            });
            inside.await();
            Thread.sleep(round * 10L);
            long start = System.nanoTime();
            NativeCore.close(handle, 30_000);
            long ms = (System.nanoTime() - start) / 1_000_000;
            check(ms < 30_000, "closed within its time: " + ms + " ms");
            join(futures);
            long again = open(outbox);
            for (long id : committed) {
                receipt(again, id);
            }
            NativeCore.close(again, 5000);
        }
        pool.shutdown();
    }

    /** The last one out closes; until then the outbox is taken. */
    static void closeWithoutWaiting() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        for (int round = 0; round < 8; round++) {
            Path outbox = newFolder("hasty");
            long handle = openWithSite(outbox);
            AtomicInteger number = new AtomicInteger();
            CountDownLatch inside = new CountDownLatch(THREADS);
            List<Future<Void>> futures = start(pool, thread -> {
                inside.countDown();
                untilClosed(() -> submit(handle, build("h", number.incrementAndGet(), "")));
            });
            inside.await();
            NativeCore.close(handle, 0);
            join(futures);
            NativeCore.close(open(outbox), 5000);
        }
        pool.shutdown();
    }

    static void allCloseAtOnce() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        for (int round = 0; round < 20; round++) {
            long handle = open(null);
            join(start(pool, thread -> NativeCore.close(handle, 5000)));
        }
        pool.shutdown();
    }

    static void manyClients() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        Set<Long> handles = ConcurrentHashMap.newKeySet();
        join(start(pool, thread -> {
            for (int i = 0; i < 4; i++) {
                long handle = open(null);
                check(handle > 0 && handles.add(handle), "a handle is positive and never comes again");
                ask(handle, "{\"what\": \"status\"}");
                NativeCore.close(handle, 5000);
            }
        }));
        pool.shutdown();
    }

    /** The last by its name: whatever was opened and closed, SIGPIPE is still caught by the JVM. */
    static void theJvmKeepsItsSignals() throws Exception {
        long sigpipe = 1L << 12;
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("SigCgt:")) {
                long caught = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                check((caught & sigpipe) != 0, "the handler of SIGPIPE is gone: " + line);
                return;
            }
        }
        throw new AssertionError("no SigCgt");
    }
}
