package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Result;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendOptionsTest {
    private final SendOptions options = new SendOptions(EventKind.DEPLOYMENT);

    @Test
    void splitsListsAtCommasAndWhiteSpace() {
        options.issueKeys(List.of("A-1, B-2", "", " C-3\tD-4\n"));
        assertEquals(List.of("A-1", "B-2", "C-3", "D-4"), options.issueKeys());
        options.issueKeys(List.of(""));
        assertEquals(List.of(), options.issueKeys());
        options.issueKeys(null);
        assertEquals(List.of(), options.issueKeys());
        options.serviceIds(Arrays.asList("b:YXJp", null, "x,y"));
        assertEquals(List.of("b:YXJp", "x", "y"), options.serviceIds());
    }

    @Test
    void blankIsAbsent() {
        options.site(" ");
        options.state("");
        options.environmentType("\t");
        options.branch(null);
        assertNull(options.site());
        assertNull(options.state());
        assertNull(options.environmentType());
        assertNull(options.branch());
        options.site(" acme.atlassian.net ");
        assertEquals("acme.atlassian.net", options.site());
    }

    @Test
    void nullIsFalse() {
        options.failOnError(null);
        options.enableGating(null);
        assertFalse(options.failOnError() || options.enableGating());
        options.enableGating(true);
        assertTrue(options.enableGating());
    }

    @Test
    void theStateIsTheResultSoFar() {
        assertEquals("successful", State.of(null));
        assertEquals("successful", State.of(Result.SUCCESS));
        assertEquals("failed", State.of(Result.UNSTABLE));
        assertEquals("failed", State.of(Result.FAILURE));
        assertEquals("cancelled", State.of(Result.NOT_BUILT));
        assertEquals("cancelled", State.of(Result.ABORTED));
    }

    @Test
    void knowsEnds() {
        assertFalse(State.isEnd("pending") || State.isEnd("in_progress"));
        assertTrue(State.isEnd("failed") && State.isEnd("rolled_back"));
        assertFalse(State.all(EventKind.BUILD).contains("rolled_back"));
        assertTrue(State.all(EventKind.DEPLOYMENT).contains("rolled_back"));
    }
}
