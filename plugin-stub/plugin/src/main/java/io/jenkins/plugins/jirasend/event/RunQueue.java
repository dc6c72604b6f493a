package io.jenkins.plugins.jirasend.event;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Work on the events of a run, one piece after the other in the order of its arrival; different runs
 * go side by side. Events of one run must be submitted in that order, because the later one gets the
 * higher sequence number, and Jira believes the highest.
 */
public final class RunQueue {
    private static final Logger LOGGER = Logger.getLogger(RunQueue.class.getName());

    private final Executor executor;
    private final Map<String, Queue<Runnable>> queues = new HashMap<>();

    public RunQueue(Executor executor) {
        this.executor = executor;
    }

    /** Adds work for a run and returns at once. */
    public void add(String runId, Runnable work) {
        synchronized (queues) {
            Queue<Runnable> queue = queues.get(runId);
            if (queue != null) {
                queue.add(work);
                return;
            }
            queues.put(runId, new ArrayDeque<>());
        }
        execute(runId, work);
    }

    /** Whether something for a run waits or is being done. */
    public boolean isBusy(String runId) {
        synchronized (queues) {
            return queues.containsKey(runId);
        }
    }

    /** Adds work that starts something; the next piece follows when it is started, not when it is done. */
    public <T> CompletableFuture<T> start(String runId, Supplier<CompletableFuture<T>> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        add(runId, () -> {
            try {
                work.get().whenComplete((value, problem) -> {
                    if (problem != null) {
                        result.completeExceptionally(problem);
                    } else {
                        result.complete(value);
                    }
                });
            } catch (RuntimeException | Error e) { // whoever waits for the result would wait for ever
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private void execute(String runId, Runnable work) {
        executor.execute(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOGGER.log(Level.WARNING, "Something about " + runId + " could not be told to Jira.", e);
            } finally {
                next(runId);
            }
        });
    }

    private void next(String runId) {
        Runnable work;
        synchronized (queues) {
            work = queues.get(runId).poll();
            if (work == null) {
                queues.remove(runId);
                return;
            }
        }
        execute(runId, work);
    }
}
