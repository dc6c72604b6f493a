package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Run;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private final FakeServices services = new FakeServices();
    private final Run<?, ?> run = services.build("team/app", 42, Map.of());

    @Test
    void oneLineSaysWhatWhereAndWhichKeys() {
        print(null, "failed", receipt("accepted", List.of("APP-1", "APP-2"), List.of(), "Jira accepted the build."));
        print("prod", "in_progress", receipt("queued", List.of(), List.of(), "Jira is slow."));
        print(null, receipt("accepted", List.of("APP-1"), List.of("APP-1"), "Jira does not know APP-1."));
        print(null, Receipt.error("", "No such site."));
        assertEquals(
                List.of(
                        "[jirasend] build team/app #42, failed -> acme.atlassian.net: accepted (APP-1, APP-2)",
                        "[jirasend] deployment team/app #42 to prod, in progress -> acme.atlassian.net: queued: Jira is slow.",
                        "[jirasend] build team/app #42 -> acme.atlassian.net: accepted (APP-1): Jira does not know APP-1.",
                        "[jirasend] build team/app #42: error: No such site."),
                services.lines());
    }

    @Test
    void nobodyForgesLines() {
        print(null, receipt("rejected", List.of(), List.of(), "bad\r\nFinished: SUCCESS\u001b[31m"));
        assertEquals(1, services.lines().size());
        assertTrue(services.lines().get(0).endsWith("rejected: bad Finished: SUCCESS [31m"));
    }

    /** A terminal obeys the first, and shows what follows the others backwards. */
    @Test
    void nobodyTurnsLinesRound() {
        print(null, receipt("rejected", List.of(), List.of(), "bad\u009b31m\u0085\u202edetpecca\u2066\u200f."));
        assertTrue(services.lines().get(0).endsWith("rejected: bad 31m detpecca ."), services.lines().toString());
    }

    @Test
    void longListsAreCut() {
        List<String> keys =
                IntStream.rangeClosed(1, 25).mapToObj(i -> "APP-" + i).toList();
        print(null, receipt("accepted", keys, List.of(), ""));
        assertTrue(services.lines().get(0).endsWith("APP-20 and 5 more)"), services.lines().get(0));
    }

    private void print(String environment, Receipt receipt) {
        print(environment, "", receipt);
    }

    private void print(String environment, String state, Receipt receipt) {
        EventKind kind = environment == null ? EventKind.BUILD : EventKind.DEPLOYMENT;
        Console.print(services.listener(), run, kind, environment, state, receipt);
    }

    private static Receipt receipt(String status, List<String> keys, List<String> unknown, String message) {
        return new Receipt(1, "", "build", "acme.atlassian.net", status, keys, unknown, 0, message, 0, 0);
    }
}
