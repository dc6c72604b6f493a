package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Result;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
    void keysAreSplitAtSemicolonsToo() {
        assertEquals(List.of("GTS-4", "GTS-5", "GTS-6"), SendOptions.split(List.of("GTS-4;GTS-5", "; GTS-6;")));
    }

    @Test
    void propertiesAreTexts() {
        SendOptions options = new SendOptions(EventKind.BUILD);
        options.properties(Map.of("team", 7));
        assertEquals(Map.of("team", "7"), options.properties());
        options.properties(null);
        assertEquals(Map.of(), options.properties());
    }

    @Test
    void whatIsCancelledIsTheSameDeployment() {
        SendOptions options = new SendOptions(EventKind.DEPLOYMENT);
        options.environmentId("prod");
        options.environmentName("Production");
        options.environmentType("production");
        options.enableGating(true);
        options.issueKeys(List.of("APP-1"));
        options.url("https://example.com/release");
        options.properties(Map.of("team", "a"));
        SendOptions cancelled = options.cancelled("acme.atlassian.net");
        assertEquals("cancelled", cancelled.state());
        assertEquals("acme.atlassian.net", cancelled.site());
        assertFalse(cancelled.enableGating());
        assertEquals(
                List.of("prod", "Production", "production", "https://example.com/release"),
                List.of(
                        cancelled.environmentId(),
                        cancelled.environmentName(),
                        cancelled.environmentType(),
                        cancelled.url()));
        assertEquals(List.of("APP-1"), cancelled.issueKeys());
        assertEquals(Map.of("team", "a"), cancelled.properties());
    }

    @Test
    void knowsEnds() {
        assertFalse(State.isEnd("pending") || State.isEnd("in_progress"));
        assertTrue(State.isEnd("failed") && State.isEnd("rolled_back"));
        assertFalse(State.all(EventKind.BUILD).contains("rolled_back"));
        assertTrue(State.all(EventKind.DEPLOYMENT).contains("rolled_back"));
    }
}
