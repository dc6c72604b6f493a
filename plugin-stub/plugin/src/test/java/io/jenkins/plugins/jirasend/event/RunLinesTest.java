package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RunLinesTest {
    private final RunLines lines = new RunLines();

    @Test
    void areThereUntilTheyAreWritten() {
        CompletableFuture<Void> first = new CompletableFuture<>();
        CompletableFuture<Void> second = new CompletableFuture<>();
        lines.add("a#1", first);
        lines.add("a#1", second);
        lines.add("b#1", CompletableFuture.completedFuture(null));
        assertTrue(lines.isEmpty("b#1"));
        CompletableFuture<Void> all = lines.all("a#1");
        first.complete(null);
        assertFalse(all.isDone());
        second.completeExceptionally(new IllegalStateException("on purpose"));
        assertTrue(all.isDone() && !all.isCompletedExceptionally(), "one that fails holds nobody up");
        assertTrue(lines.isEmpty("a#1"), "nothing is kept of a run that is over");
        assertTrue(lines.all("a#1").isDone());
    }

    @Test
    void whatHoldsForTheWholeRunIsNewOnce() {
        assertTrue(lines.isNew("a#1", "no key"));
        assertFalse(lines.isNew("a#1", "no key"));
        assertTrue(lines.isNew("a#1", "none of the project"), "another reason is other news");
        assertTrue(lines.isNew("a#2", "no key"), "another run, another log");
        lines.forget("a#1");
        assertTrue(lines.isNew("a#1", "no key"));
    }
}
