package io.jenkins.plugins.jirasend.event;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Lines that the logs of runs still have to get: an event was submitted, and Jira has not answered yet. And
 * what a log need not say again.
 */
public final class RunLines {
    private final Map<String, Set<CompletableFuture<?>>> open = new HashMap<>();
    private final Map<String, Set<String>> said = new HashMap<>();

    /** @param line done when the log has its line */
    public synchronized void add(String runId, CompletableFuture<?> line) {
        if (line.isDone()) {
            return;
        }
        open.computeIfAbsent(runId, unused -> new LinkedHashSet<>()).add(line);
        line.whenComplete((unused, problem) -> remove(runId, line));
    }

    private synchronized void remove(String runId, CompletableFuture<?> line) {
        Set<CompletableFuture<?>> lines = open.get(runId);
        if (lines != null && lines.remove(line) && lines.isEmpty()) {
            open.remove(runId);
        }
    }

    public synchronized boolean isEmpty(String runId) {
        return !open.containsKey(runId);
    }

    /** @return done when the lines that are open now are written, or never will be */
    public synchronized CompletableFuture<Void> all(String runId) {
        CompletableFuture<?>[] lines =
                open.getOrDefault(runId, Set.of()).toArray(new CompletableFuture<?>[0]);
        return CompletableFuture.allOf(lines).exceptionally(unused -> null);
    }

    /** @return whether the run has not said this before: what holds for all its events it says once */
    public synchronized boolean isNew(String runId, String sentence) {
        return said.computeIfAbsent(runId, unused -> new HashSet<>()).add(sentence);
    }

    /** The log of the run is closed. */
    public synchronized void forget(String runId) {
        said.remove(runId);
    }
}
