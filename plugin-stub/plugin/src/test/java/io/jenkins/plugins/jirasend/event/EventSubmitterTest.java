package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;

import hudson.model.Run;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventSubmitterTest {
    private final FakeServices services = new FakeServices();
    private final EventSubmitter submitter = new EventSubmitter(services);
    private final SendOptions options = new SendOptions(EventKind.DEPLOYMENT);
    private Run<?, ?> run;

    @BeforeEach
    void deployment() {
        services.addSite("acme.atlassian.net");
        services.addSite("b.atlassian.net");
        options.environmentId("prod");
        options.environmentName("Production");
        run = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
    }

    @Test
    void receiptsStandInTheOrderOfSites() throws Exception {
        CompletableFuture<Receipt> slow = new CompletableFuture<>();
        services.sender.answer = event -> event.getString("site").startsWith("acme")
                ? slow
                : CompletableFuture.completedFuture(FakeSender.receipt(event, "queued", ""));
        CompletableFuture<List<Receipt>> receipts = submitter.submit(run, prepared(), Duration.ofSeconds(3));
        assertFalse(receipts.isDone());
        slow.complete(FakeSender.receipt(services.sender.events.get(0), "accepted", ""));
        assertEquals(
                List.of("accepted", "queued"),
                receipts.join().stream().map(Receipt::status).toList());
        assertEquals(List.of(Duration.ofSeconds(3), Duration.ofSeconds(3)), services.sender.waits);
    }

    @Test
    void aRunKeepsThePipelineThatItsFirstEventNamed() throws Exception {
        submitter.submit(run, prepared(), Duration.ZERO).join();
        doReturn("us-").when(services.sites.get(0)).getIdPrefix();
        submitter.submit(run, prepared(), Duration.ZERO).join();
        run = services.build("app", 2, Map.of("BRANCH_NAME", "APP-1"));
        submitter.submit(run, prepared(), Duration.ZERO).join();
        assertEquals(
                List.of("app", "app", "app", "app", "us-app", "app"),
                services.sender.events.stream().map(event -> event.getString("pipelineId")).toList());
    }

    @Test
    void aRefusalIsAReceiptAndLeavesTheOthersAlone() throws Exception {
        services.sender.answer = event -> event.getString("site").startsWith("acme")
                ? CompletableFuture.failedFuture(new JiraSendException(5, "The outbox is full.", 0, 0))
                : CompletableFuture.completedFuture(FakeSender.receipt(event, "accepted", ""));
        List<Receipt> receipts = submitter.submit(run, prepared(), Duration.ZERO).join();
        assertEquals("error", receipts.get(0).status());
        assertEquals("The outbox is full.", receipts.get(0).message());
        assertEquals("acme.atlassian.net", receipts.get(0).site());
        assertEquals("accepted", receipts.get(1).status());
    }

    @Test
    void aSenderThatThrowsIsARefusalToo() throws Exception {
        services.sender.answer = event -> {
            throw new IllegalStateException("closed");
        };
        assertEquals("closed", submitter.submit(run, prepared(), Duration.ZERO).join().get(0).message());
    }

    /** Jira is told already: what cannot be remembered must not turn that into a failure. */
    @Test
    void whatCannotBeRememberedIsNoFailure() throws Exception {
        List<PreparedEvent> events = prepared();
        services.forgetful = true;
        List<Receipt> receipts = submitter.submit(run, events, Duration.ZERO).join();
        assertEquals(List.of("accepted", "accepted"), receipts.stream().map(Receipt::status).toList());
    }

    @Test
    void remembersExplicitEnds() throws Exception {
        List<PreparedEvent> events = prepared();
        assertFalse(SentEvents.isEnded(run, events.get(0)));
        submitter.submit(run, events, Duration.ZERO).join();
        assertTrue(SentEvents.isEnded(run, events.get(0)));
        options.environmentId("test");
        assertFalse(SentEvents.isEnded(run, prepared().get(0)), "another environment");
    }

    @Test
    void aStartIsNoEndAndARefusedEndIsNone() throws Exception {
        options.state("in_progress");
        submitter.submit(run, prepared(), Duration.ZERO).join();
        assertFalse(SentEvents.isEnded(run, prepared().get(0)));
        assertEquals(7, SentEvents.deploymentId(run, "acme.atlassian.net", "prod"));
        assertEquals(0, SentEvents.deploymentId(run, "acme.atlassian.net", "other"));
        options.state("failed");
        services.sender.answer = event -> CompletableFuture.failedFuture(new IllegalStateException());
        submitter.submit(run, prepared(), Duration.ZERO).join();
        assertFalse(SentEvents.isEnded(run, prepared().get(0)));
    }

    @Test
    void automaticEndsAreNotRemembered() throws Exception {
        submitter.submitAutomatic(run, prepared().get(0), Duration.ZERO).join();
        assertFalse(SentEvents.isEnded(run, prepared().get(0)));
    }

    @ParameterizedTest
    @CsvSource({
        "accepted, false", "skipped, false", "superseded, false", "queued, false",
        "rejected, true", "held, true", "error, true"
    })
    void failsWhereTheCommandLineWould(String status, boolean failure) {
        Receipt receipt = new Receipt(1, "", "build", "x", status, null, null, 0, "", 0, 0);
        assertEquals(failure, submitter.isFailure(receipt));
    }

    @Test
    void switchedOffIsNoFailure() {
        services.disabled = true;
        assertFalse(submitter.isFailure(Receipt.error("x", "switched off")));
    }

    @Test
    void waitsAsLongAsAsked() {
        assertEquals(Duration.ofSeconds(10), submitter.wait(options));
        options.waitSeconds(0);
        assertEquals(Duration.ZERO, submitter.wait(options));
        options.waitSeconds(-5);
        assertEquals(Duration.ZERO, submitter.wait(options));
    }

    private List<PreparedEvent> prepared() throws InterruptedException {
        return new EventPreparer(services).prepare(run, options, RunContext.none()).events();
    }
}
