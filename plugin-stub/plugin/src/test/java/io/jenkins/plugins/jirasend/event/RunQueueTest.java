package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunQueueTest {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final RunQueue queue = new RunQueue(waiting::add);

    @Test
    void oneRunOneAfterTheOther() {
        List<String> done = new ArrayList<>();
        queue.add("a", () -> done.add("a1"));
        queue.add("a", () -> done.add("a2"));
        queue.add("b", () -> done.add("b1"));
        assertEquals(2, waiting.size(), "a2 waits for a1, b1 does not");
        waiting.pollLast().run();
        waiting.poll().run();
        assertEquals(List.of("b1", "a1"), done);
        waiting.poll().run();
        assertEquals(List.of("b1", "a1", "a2"), done);
    }

    @Test
    void aFailureHoldsNobodyUp() {
        List<String> done = new ArrayList<>();
        queue.add("a", () -> {
            throw new IllegalStateException("on purpose");
        });
        queue.add("a", () -> {
            throw new InternalError("on purpose");
        });
        queue.add("a", () -> done.add("a3"));
        waiting.poll().run();
        waiting.poll().run();
        waiting.poll().run();
        assertEquals(List.of("a3"), done);
    }

    @Test
    void startsAndDoesNotWaitForTheEnd() {
        CompletableFuture<String> slow = new CompletableFuture<>();
        List<String> done = new ArrayList<>();
        CompletableFuture<String> result = queue.start("a", () -> slow);
        queue.add("a", () -> done.add("next"));
        waiting.poll().run();
        waiting.poll().run();
        assertEquals(List.of("next"), done);
        assertFalse(result.isDone());
        slow.complete("x");
        assertEquals("x", result.join());
    }

    @Test
    void aStartThatFailsIsAFailedResult() {
        CompletableFuture<String> result = queue.start("a", () -> {
            throw new IllegalStateException("on purpose");
        });
        waiting.poll().run();
        assertThrows(ExecutionException.class, result::get);
    }

    @Test
    void aStartThatEndsInAnErrorIsAFailedResult() {
        CompletableFuture<String> result = queue.start("a", () -> {
            throw new InternalError("on purpose");
        });
        waiting.poll().run();
        assertThrows(ExecutionException.class, result::get);
    }

    @Test
    void keepsTheOrderUnderLoad() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        RunQueue busy = new RunQueue(pool);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Integer> expected = new ArrayList<>();
        CompletableFuture<Void> last = new CompletableFuture<>();
        for (int i = 0; i < 2000; i++) {
            int number = i;
            expected.add(i);
            busy.add("a", () -> order.add(number));
            busy.add("other" + i % 7, () -> {});
        }
        busy.add("a", () -> last.complete(null));
        last.get(60, TimeUnit.SECONDS);
        assertEquals(expected, order);
        pool.shutdown();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
    }
}
