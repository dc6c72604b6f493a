package io.jenkins.plugins.jirasend.event;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A timer whose time goes on when a test says so. */
public final class FakeTimer {
    public final ScheduledExecutorService service = mock(ScheduledExecutorService.class, withSettings().stubOnly());
    public long now = 1_000_000;

    private record Task(long at, long order, Runnable work) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::order));
    private long order;

    public FakeTimer() {
        doAnswer(call -> {
                    Task task = new Task(now + call.<Long>getArgument(1), ++order, call.getArgument(0));
                    tasks.add(task);
                    ScheduledFuture<?> future = mock(ScheduledFuture.class, withSettings().stubOnly());
                    doAnswer(unused -> tasks.remove(task)).when(future).cancel(false);
                    return future;
                })
                .when(service)
                .schedule(any(Runnable.class), anyLong(), eq(TimeUnit.MILLISECONDS));
    }

    public int pending() {
        return tasks.size();
    }

    public void advance(long ms) {
        long end = now + ms;
        while (!tasks.isEmpty() && tasks.peek().at() <= end) {
            Task task = tasks.poll();
            now = Math.max(now, task.at());
            task.work().run();
        }
        now = end;
    }
}
