package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.jenkins.plugins.jirasend.config.JiraSite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client with a core that does as it is told. Long waits are there to be cut short. */
@Timeout(60)
class JiraSendClientTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final String SITE = "acme.atlassian.net";

    private final FakeCore core = new FakeCore();
    private final Jenkins jenkins = new Jenkins();
    private final JiraSendClient client = new JiraSendClient(jenkins);

    /** Jenkins, as far as the client knows it. */
    private final class Jenkins implements Surroundings {
        boolean disabled;
        String missing;
        String broken;
        Settings settings = new Settings("/outbox", false, null, null, null, "");
        List<JiraSite> sites = new ArrayList<>(List.of(site(SITE)));
        String secret = "word";
        byte[] handedOut;

        @Override
        public boolean disabled() {
            return disabled;
        }

        @Override
        public Core core() throws NativeLibraryException {
            if (missing != null) {
                throw new NativeLibraryException(missing);
            }
            return core;
        }

        @Override
        public Settings settings() throws IOException {
            if (broken != null) {
                throw new IOException(broken);
            }
            return settings;
        }

        @Override
        public List<JiraSite> sites() {
            return sites;
        }

        @Override
        public byte[] secret(JiraSite site) {
            handedOut = secret == null ? null : secret.getBytes(StandardCharsets.UTF_8);
            return handedOut;
        }

        @Override
        public Executor executor() {
            return work -> new Thread(work, "receipts").start();
        }
    }

    private static JiraSite site(String name) {
        JiraSite site = mock(JiraSite.class);
        when(site.getSite()).thenReturn(name);
        when(site.canonicalSite()).thenReturn(name);
        when(site.getClientId()).thenReturn("client");
        when(site.getCredentialsId()).thenReturn("secret-id");
        when(site.getCloudId()).thenReturn("");
        when(site.getApiUrl()).thenReturn("");
        return site;
    }

    @AfterEach
    void stop() {
        client.stop();
    }

    private CompletableFuture<Receipt> submit(String requestId, Duration wait) {
        return client.submit(
                "{\"kind\": \"build\", \"site\": \"https://ACME.atlassian.net/\", \"requestId\": \"" + requestId + "\"}",
                wait);
    }

    /** What the core says of a site: receipts carry its canonical name. */
    private void named() {
        synchronized (core) {
            core.events.values().forEach(event -> event.put("site", SITE));
        }
    }

    @Test
    void beforeItIsStartedItSaysSo() {
        assertNotNull(client.unavailable());
        ExecutionException refusal =
                assertThrows(ExecutionException.class, () -> submit("r", LONG).get());
        assertTrue(refusal.getCause() instanceof IllegalStateException);
    }

    @Test
    void thePumpBringsTheReceiptToWhoWaitsForIt() throws Exception {
        client.start();
        CompletableFuture<Receipt> first = submit("r1", LONG);
        CompletableFuture<Receipt> second = submit("r2", LONG);
        named();
        core.settle(2, "accepted");
        assertEquals("r2", second.get().requestId());
        assertFalse(first.isDone());
        core.settle(1, "rejected");
        assertEquals(Receipt.REJECTED, first.get().status());
    }

    @Test
    void anEventThatIsSettledAlreadyIsAnsweredAtOnce() throws Exception {
        client.start();
        core.instantly = true;
        assertEquals(Receipt.ACCEPTED, submit("r", LONG).get().status());
    }

    @Test
    void withoutWaitingItIsQueued() throws Exception {
        client.start();
        assertEquals(Receipt.QUEUED, submit("r", Duration.ZERO).get().status());
    }

    @Test
    void atTheEndOfTheTimeTheCoreIsAskedOnceMore() throws Exception {
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", Duration.ofMillis(300));
        synchronized (core) {
            core.events.get(1L).put("status", "accepted"); // the pump hears nothing of it
        }
        assertEquals(Receipt.ACCEPTED, receipt.get().status());
    }

    @Test
    void aHeldLaneAnswersWhoWaits() throws Exception {
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        core.hold(1, "{\"site\": \"" + SITE + "\", \"kind\": \"build\", \"waiting\": 1, \"held\": true,"
                + " \"message\": \"No permission.\", \"retryInMs\": 0}");
        assertEquals(Receipt.HELD, receipt.get().status());
        assertEquals("No permission.", client.state().heldLanes().get(0).message());
    }

    @Test
    void aLaneThatPausesLongerThanTheWaitAnswersToo() throws Exception {
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        core.lanes = "{\"site\": \"" + SITE + "\", \"kind\": \"build\", \"waiting\": 1, \"held\": false,"
                + " \"message\": \"Later.\", \"retryInMs\": 86400000}";
        assertEquals(Receipt.QUEUED, receipt.get().status());
    }

    @Test
    void aPausedControllerAnswersAtOnce() throws Exception {
        jenkins.settings = new Settings("/outbox", true, null, null, null, "");
        client.start();
        assertEquals(Receipt.QUEUED, submit("r", LONG).get().status());
        assertTrue(core.calls().get(0).contains("\"paused\":true"));
    }

    @Test
    void aRefusedEventFailsAtOnceAndNobodyIsLeftWaiting() {
        client.start();
        core.refusal = FakeCore.exception("The outbox is full.");
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        assertTrue(receipt.isCompletedExceptionally());
        ExecutionException refusal = assertThrows(ExecutionException.class, receipt::get);
        assertEquals("The outbox is full.", refusal.getCause().getMessage());
    }

    @Test
    void aSiteWithoutSecretIsSaidAtOnce() throws Exception {
        jenkins.secret = null;
        client.start();
        CompletableFuture<Receipt> receipt = client.submit(
                "{\"kind\": \"build\", \"site\": \"" + SITE + "\", \"requestId\": \"r\"}", LONG);
        assertTrue(receipt.get().message().contains("secret-id"), receipt.get().message());
        assertEquals(1, client.state().siteProblems().size());
        jenkins.secret = "word";
        client.refresh();
        assertEquals(List.of(), client.state().siteProblems());
    }

    @Test
    void theCoreHearsOfChangesAndOfNothingElse() {
        client.start();
        client.refresh();
        assertEquals(1, core.sites.size());
        assertArrayEquals(new byte[4], jenkins.handedOut, "the secret was not wiped");
        jenkins.secret = "other";
        client.refresh();
        assertEquals(2, core.sites.size());
        when(jenkins.sites.get(0).getApiUrl()).thenReturn("https://api.example.com");
        client.refresh();
        assertEquals(3, core.sites.size());
        assertTrue(core.sites.get(2).contains("https://api.example.com"));
        jenkins.sites.clear();
        client.refresh();
        client.refresh();
        assertEquals(List.of("remove " + SITE), core.calls().subList(4, core.calls().size()));
    }

    @Test
    void newSettingsOpenItAgainAndTheOnesThatWaitGoOnWaiting() throws Exception {
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        jenkins.settings = new Settings("/outbox", false, "http://proxy:1", null, null, "");
        client.refresh();
        List<String> calls = core.calls();
        assertEquals("close 1", calls.get(2));
        assertTrue(calls.get(3).contains("http://proxy:1"));
        assertEquals("put " + SITE + " word", calls.get(4));
        named();
        core.settle(1, "accepted");
        assertEquals(Receipt.ACCEPTED, receipt.get().status());
    }

    @Test
    void whileItIsOpenedAgainASubmitAndAGateWaitInsteadOfBeingRefused() throws Exception {
        client.start();
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        core.whileClosing = () -> {
            closing.countDown();
            await(goOn);
        };
        jenkins.settings = new Settings("/outbox", false, "http://proxy:1", null, null, "");
        CompletableFuture<Void> change = CompletableFuture.runAsync(client::refresh);
        await(closing);
        assertNull(client.unavailable());
        CompletableFuture<Receipt> receipt = CompletableFuture.supplyAsync(() -> submit("r", Duration.ZERO))
                .thenCompose(submitted -> submitted);
        CompletableFuture<GateStatus> gate = client.gate(SITE, "p", "prod", 4);
        Thread.sleep(200); // both would be refused by now
        core.whileClosing = () -> {};
        goOn.countDown();
        change.get();
        assertEquals(Receipt.QUEUED, receipt.get().status());
        assertEquals("awaiting", gate.get().status());
    }

    @Test
    void aGateWhoseClientIsClosedUnderItMayBeAskedAgain() {
        client.start();
        core.stale = true;
        ExecutionException refusal = assertThrows(
                ExecutionException.class,
                () -> client.gate(SITE, "p", "prod", 4).get());
        assertEquals(JiraSendException.Code.CLOSED, ((JiraSendException) refusal.getCause()).kind());
    }

    @Test
    void aJvmWithoutMemoryForAReceiptStopsNeitherThePumpNorAnybodysWait() throws Exception {
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        named();
        core.failOnce(new OutOfMemoryError("injected"));
        Thread.sleep(50);
        core.questions = () -> {
            throw new OutOfMemoryError("injected"); // so that only the pump can bring it
        };
        core.settle(1, "accepted");
        assertEquals(Receipt.ACCEPTED, receipt.get(20, TimeUnit.SECONDS).status());
        assertEquals(Receipt.QUEUED, submit("s", Duration.ofMillis(10)).get(20, TimeUnit.SECONDS).status());
    }

    @Test
    void whatStaysWrongIsLoggedOnce() {
        List<LogRecord> warnings = Collections.synchronizedList(new ArrayList<>());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                    warnings.add(record);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(JiraSendClient.class.getName());
        logger.addHandler(handler);
        try {
            client.start();
            jenkins.broken = "The disk is full.";
            client.refresh();
            client.refresh();
            client.refresh();
            assertEquals(1, warnings.size());
            jenkins.broken = null;
            client.refresh();
            jenkins.broken = "The disk is full.";
            client.refresh();
            assertEquals(2, warnings.size(), "it was well in between");
        } finally {
            logger.removeHandler(handler);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCoreThatDoesNotOpenIsTriedAgain() {
        core.refusal = FakeCore.exception("Another copy has the outbox.");
        client.start();
        assertEquals("Another copy has the outbox.", client.unavailable());
        assertTrue(client.state().broken());
        core.refusal = null;
        client.refresh();
        assertNull(client.unavailable());
    }

    @Test
    void aMissingLibraryIsAFaultAndTheSwitchIsNot() {
        jenkins.missing = "No library here.";
        client.start();
        assertEquals("No library here.", client.unavailable());
        assertTrue(client.state().broken());
        jenkins.disabled = true;
        client.refresh();
        assertTrue(client.unavailable().contains("disabled"));
        assertFalse(client.state().broken());
        assertTrue(core.calls().isEmpty());
    }

    @Test
    void stoppingClosesItAndTellsWhoStillWaits() throws Exception {
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        CompletableFuture<Boolean> known = receipt.thenApply(unused -> client.isStopped());
        assertFalse(client.isStopped());
        client.stop();
        assertEquals(Receipt.QUEUED, receipt.get(10, TimeUnit.SECONDS).status());
        assertTrue(known.get(10, TimeUnit.SECONDS), "who is told must know why");
        assertTrue(core.calls().contains("close 1"));
        assertNotNull(client.unavailable());
        client.start();
        assertNull(client.unavailable());
        assertFalse(client.isStopped());
    }

    @Test
    void theOutboxIsLookedIntoAndMended() throws Exception {
        client.start();
        DeliveryState state = client.state();
        assertEquals(List.of(3L, 2L, 1L, 4L), List.of(state.waiting(), state.held(), state.dead(), state.removedDead()));
        client.outbox().retry(5);
        client.outbox().retrySite(SITE);
        client.outbox().drop(6);
        List<String> calls = core.calls();
        assertEquals(
                List.of("\"id\":5", "\"site\":\"" + SITE + "\"", "\"id\":6"),
                calls.subList(calls.size() - 3, calls.size()).stream()
                        .map(call -> call.replaceAll(".*?(\"(id|site)\":[^,}]*).*", "$1"))
                        .toList());
    }

    @Test
    void aGateIsAskedOffTheCallersThread() throws Exception {
        client.start();
        GateStatus gate = client.gate(SITE, "p", "prod", 4).get();
        assertEquals(new GateStatus("awaiting", List.of("CHG-1"), "Not yet."), gate);
    }

    @Test
    void aTestOfTheConnectionSaysFirstWhatIsWrongAndClosesItsOwnClient() {
        ConnectionTest.Outcome outcome = ConnectionTest.run(
                core, jenkins.settings.inMemory(), site(SITE), "word".getBytes(StandardCharsets.UTF_8));
        assertEquals(new ConnectionTest.Outcome(false, "No cloud. Token."), outcome);
        assertFalse(core.calls().get(0).contains("outbox"), "it would use the real outbox");
        assertEquals("close 1", core.calls().get(2));
    }
}
