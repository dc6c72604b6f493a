package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class GatePollerTest {
    private final FakeTimer timer = new FakeTimer();
    private final GatePoller poller = new GatePoller(() -> timer.service, Runnable::run, () -> timer.now);

    /** One that is answered at once and comes again after a while. */
    private final class Waiting implements GatePoller.Waiter {
        final List<Long> turns = new ArrayList<>();
        final List<Boolean> rested = new ArrayList<>();
        String site = "a";
        long again = 10_000;
        long rests;
        CompletableFuture<GatePoller.Next> open;
        Error fault;

        @Override
        public String site() {
            return site;
        }

        @Override
        public CompletableFuture<GatePoller.Next> turn(boolean siteRests) {
            turns.add(timer.now);
            rested.add(siteRests);
            if (fault != null) {
                throw fault;
            }
            return open != null ? open : CompletableFuture.completedFuture(new GatePoller.Next(again, siteRests ? 0 : rests));
        }
    }

    @Test
    void manyWaitAndNoMoreThanFiveAreAskedForInASecond() {
        List<Waiting> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            Waiting waiting = new Waiting();
            all.add(waiting);
            poller.add(waiting);
        }
        timer.advance(210_000);
        List<Long> turns = new ArrayList<>();
        all.forEach(waiting -> turns.addAll(waiting.turns));
        turns.sort(null);
        for (int i = 5; i < turns.size(); i++) {
            assertTrue(turns.get(i) - turns.get(i - 5) >= 1000, "six within a second");
        }
        assertTrue(all.stream().noneMatch(waiting -> waiting.turns.isEmpty()), "somebody was forgotten");
        assertEquals(1000, poller.size());
        assertTrue(timer.pending() <= 1, "one wake-up is enough for all");
        all.forEach(poller::remove);
        timer.advance(60_000);
        assertEquals(0, poller.size());
        assertEquals(0, timer.pending());
    }

    @Test
    void hangingQuestionsHoldUpTheOthersOnlySoFar() {
        List<Waiting> hanging = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Waiting waiting = new Waiting();
            waiting.open = new CompletableFuture<>();
            hanging.add(waiting);
            poller.add(waiting);
        }
        timer.advance(10_000);
        assertEquals(GatePoller.AT_A_TIME, hanging.stream().filter(waiting -> !waiting.turns.isEmpty()).count());
        hanging.get(0).open.completeExceptionally(new IllegalStateException("on purpose"));
        timer.advance(1_000);
        assertEquals(GatePoller.AT_A_TIME + 1, hanging.stream().filter(waiting -> !waiting.turns.isEmpty()).count());
        assertEquals(10, poller.size(), "whose turn fails is not forgotten");
    }

    /** Its build would wait for ever, and after four of them nobody would be asked for. */
    @Test
    void whoseTurnFailsGetsAnother() {
        List<Waiting> all = new ArrayList<>();
        for (int i = 0; i <= GatePoller.AT_A_TIME; i++) {
            Waiting waiting = new Waiting();
            waiting.again = 600_000;
            waiting.fault = new OutOfMemoryError("on purpose");
            all.add(waiting);
            poller.add(waiting);
        }
        timer.advance(10_000);
        assertTrue(all.stream().allMatch(waiting -> waiting.turns.size() == 1));
        all.forEach(waiting -> waiting.fault = null);
        timer.advance(GatePoller.AFTER_FAILURE_MS);
        assertTrue(all.stream().allMatch(waiting -> waiting.turns.size() == 2));
    }

    @Test
    void aSiteThatWantsAPauseGetsOne() {
        Waiting first = new Waiting();
        first.rests = 60_000;
        Waiting second = new Waiting();
        Waiting other = new Waiting();
        other.site = "b";
        poller.add(first);
        poller.add(second);
        poller.add(other);
        timer.advance(30_000);
        assertFalse(first.rested.get(0));
        assertTrue(second.rested.stream().allMatch(rested -> rested), "it was asked in the pause");
        assertTrue(other.rested.stream().noneMatch(rested -> rested));
        first.rests = 0;
        timer.advance(60_000);
        assertTrue(second.rested.contains(false), "the pause is over");
    }

    @Test
    void whoIsRemovedInItsTurnDoesNotComeBack() {
        Waiting waiting = new Waiting();
        waiting.open = new CompletableFuture<>();
        poller.add(waiting);
        timer.advance(1);
        poller.remove(waiting);
        waiting.open.complete(new GatePoller.Next(1, 0));
        timer.advance(10_000);
        assertEquals(1, waiting.turns.size());
    }
}
