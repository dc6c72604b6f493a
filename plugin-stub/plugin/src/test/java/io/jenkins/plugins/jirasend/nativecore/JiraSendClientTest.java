package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client with a core that does as it is told. Long waits are there to be cut short. */
@Timeout(60)
class JiraSendClientTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final String SITE = "acme.atlassian.net";

    private final FakeFunctions core = new FakeFunctions();
    private final Jenkins jenkins = new Jenkins();
    private final JiraSendClient client = new JiraSendClient(jenkins);

    /** Jenkins, as far as the client knows it. */
    private final class Jenkins implements Surroundings {
        boolean disabled;
        String missing;
        String broken;
        Settings settings = new Settings("/outbox", false, null, null, null, "");
        List<SiteSettings> sites = new ArrayList<>(List.of(site(SITE)));
        String secret = "word-of-mouth";
        String relayToken = "relay-token";
        byte[] handedOut;

        @Override
        public boolean disabled() {
            return disabled;
        }

        @Override
        public Functions functions() throws NativeLibraryException {
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
        public List<SiteSettings> sites() {
            return sites;
        }

        @Override
        public byte[] secret(SiteSettings site) {
            handedOut = secret == null ? null : secret.getBytes(StandardCharsets.UTF_8);
            return handedOut;
        }

        @Override
        public byte[] relayToken() {
            handedOut = relayToken == null ? null : relayToken.getBytes(StandardCharsets.UTF_8);
            return handedOut;
        }

        @Override
        public Executor executor() {
            return work -> new Thread(work, "receipts").start();
        }
    }

    private static SiteSettings site(String name) {
        return site(name, "");
    }

    private static SiteSettings site(String name, String apiUrl) {
        return new SiteSettings(name, "client", "secret-id", "", apiUrl, Set.of(name), Map.of("origin", "ci-1"));
    }

    @AfterEach
    void stop() {
        client.stop();
    }

    private CompletableFuture<Receipt> submit(String requestId, Duration wait) {
        return client.submit(event(requestId), wait);
    }

    private static Submission event(String requestId) {
        return new Submission(
                "build",
                SITE,
                requestId,
                "{\"kind\": \"build\", \"site\": \"" + SITE + "\", \"requestId\": \"" + requestId + "\"}");
    }

    /** What the core says of a site: receipts carry its canonical name. */
    private void named() {
        synchronized (core) {
            core.events.values().forEach(event -> event.put("site", SITE));
        }
    }

    private static Settings relayed() {
        return new Settings("/outbox", null, 30, "https://relay.example.com", false, null, null, null, "");
    }

    @Test
    void throughARelayOnlyItsTokenIsTold() throws Exception {
        jenkins.settings = relayed();
        client.start();
        client.refresh();
        assertEquals(1, core.calls().stream().filter("relay relay-token"::equals).count(), core.calls().toString());
        assertTrue(core.calls().stream().noneMatch(call -> call.startsWith("put ")), core.calls().toString());
        assertArrayEquals(new byte[jenkins.handedOut.length], jenkins.handedOut, "wiped");
        submit("r", Duration.ZERO).get();
        assertEquals("{}", core.options.get(0), "the relay says who we are");
        jenkins.relayToken = "another";
        client.refresh();
        assertTrue(core.calls().contains("relay another"));
        jenkins.relayToken = null;
        client.refresh();
        client.refresh();
        assertEquals(1, client.state().siteProblems().size());
        List<String> calls = core.calls();
        assertTrue(calls.indexOf("close 1") > calls.indexOf("relay another"), "else it would go on sending: " + calls);
        assertEquals(2, calls.stream().filter(call -> call.startsWith("open ")).count(), calls.toString());
        assertTrue(calls.get(calls.size() - 1).startsWith("open "), "and it is told of no token: " + calls);
    }

    @Test
    void whatTheCoreIsOpenedWithNeverShowsAPassword() {
        Settings settings = new Settings(
                "postgresql://ci@db.example.com/x", "hunter2", 7, null, false, null, null, null, "");
        String document = new String(settings.document(), StandardCharsets.UTF_8);
        assertTrue(document.contains("\"outboxPassword\":\"hunter2\"") && document.contains("\"keep\":7"), document);
        assertTrue(document.contains("\"exclusiveHost\":false"), document);
        assertFalse(settings.toString().contains("hunter2"));
    }

    @Test
    void aDatabaseGetsItsUserFromTheCredentialsUnlessItNamesOne() {
        SiteSource.Login login = new SiteSource.Login("ci bot", null);
        assertEquals("postgresql://ci%20bot@db.example.com/x", DatabaseAddress.with("postgresql://db.example.com/x", login));
        assertEquals("postgresql://me@db.example.com/x", DatabaseAddress.with("postgresql://me@db.example.com/x", login));
        assertEquals("postgresql://db.example.com/x", DatabaseAddress.with("postgresql://db.example.com/x", null));
    }

    @Test
    void beforeItIsStartedItSaysSo() {
        assertNotNull(client.unavailable());
        ExecutionException refusal =
                assertThrows(ExecutionException.class, () -> submit("r", LONG).get());
        assertTrue(refusal.getCause() instanceof IllegalStateException);
    }

    @Test
    void anOutboxInUseOnAnotherHostIsTriedAgainAndTheWaysOutAreNamed() {
        core.refusal = FakeFunctions.otherHost();
        client.start();
        String reason = client.state().unavailable();
        assertTrue(client.state().broken());
        for (String words : List.of("two.example", "outboxDir", "stop the other host", "disabled")) {
            assertTrue(reason.contains(words), reason);
        }
        core.refusal = null;
        client.refresh();
        assertNull(client.unavailable());
        assertTrue(core.calls.get(0).contains("\"exclusiveHost\":true"), core.calls.get(0));
    }

    /** Whoever comes while it is being closed hears the same as whoever noticed it. */
    @Test
    void theWaysOutAreAlsoNamedToWhoFindsItTakenOver() throws Exception {
        client.start();
        CompletableFuture<String> meanwhile = new CompletableFuture<>();
        core.whileClosing = () -> meanwhile.complete(client.unavailable());
        core.refusal = FakeFunctions.otherHost();
        ExecutionException refused = assertThrows(ExecutionException.class, () -> submit("r", LONG).get());
        for (String said : List.of(refused.getCause().getMessage(), meanwhile.get(10, TimeUnit.SECONDS))) {
            assertTrue(said.contains("two.example") && said.contains("outboxDir"), said);
        }
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
    void eachEventIsReadAndMarkedAsItsSiteIsConfiguredNow() {
        client.start();
        submit("r", Duration.ZERO);
        jenkins.sites.clear();
        submit("s", Duration.ZERO);
        assertEquals(List.of("{\"origin\":\"ci-1\"}", "{}"), core.options);
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
        core.refusal = FakeFunctions.exception("The outbox is full.");
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        assertTrue(receipt.isCompletedExceptionally());
        ExecutionException refusal = assertThrows(ExecutionException.class, receipt::get);
        assertEquals("The outbox is full.", refusal.getCause().getMessage());
    }

    @Test
    void aSiteWithoutSecretIsSaidAtOnce() throws Exception {
        jenkins.secret = null;
        client.start();
        CompletableFuture<Receipt> receipt = submit("r", LONG);
        assertTrue(receipt.get().message().contains("secret-id"), receipt.get().message());
        assertEquals(1, client.state().siteProblems().size());
        jenkins.secret = "word-of-mouth";
        client.refresh();
        assertEquals(List.of(), client.state().siteProblems());
    }

    @Test
    void theCoreHearsOfChangesAndOfNothingElse() {
        client.start();
        client.refresh();
        assertEquals(1, core.sites.size());
        assertArrayEquals(new byte[13], jenkins.handedOut, "the secret was not wiped");
        jenkins.secret = "other";
        client.refresh();
        assertEquals(2, core.sites.size());
        jenkins.sites.set(0, site(SITE, "https://api.example.com"));
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
        assertEquals("put " + SITE + " word-of-mouth", calls.get(4));
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

    /** What is logged from a level on, until the test is over. */
    private static final class Log extends Handler implements AutoCloseable {
        private static final Logger LOGGER = Logger.getLogger(JiraSendClient.class.getPackageName());

        private final List<LogRecord> records = Collections.synchronizedList(new ArrayList<>());
        private final Level least;
        private final Level before = LOGGER.getLevel();

        Log(Level least) {
            this.least = least;
            LOGGER.setLevel(least);
            LOGGER.addHandler(this);
        }

        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= least.intValue()) {
                records.add(record);
            }
        }

        String text() {
            synchronized (records) {
                return records.stream().map(LogRecord::getMessage).collect(Collectors.joining("\n"));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            LOGGER.removeHandler(this);
            LOGGER.setLevel(before);
        }
    }

    @Test
    void whatStaysWrongIsLoggedOnce() {
        try (Log warnings = new Log(Level.WARNING)) {
            client.start();
            jenkins.broken = "The disk is full.";
            client.refresh();
            client.refresh();
            client.refresh();
            assertEquals(1, warnings.records.size());
            jenkins.broken = null;
            client.refresh();
            jenkins.broken = "The disk is full.";
            client.refresh();
            assertEquals(2, warnings.records.size(), "it was well in between");
        }
    }

    @Test
    void whatIsWrongWithASiteIsLoggedOnceWhateverBecomesOfOthers() {
        jenkins.sites = new ArrayList<>(List.of(site("one.example"), site("two.example")));
        jenkins.secret = null;
        try (Log warnings = new Log(Level.WARNING)) {
            client.start();
            assertEquals(2, warnings.records.size(), warnings.text());
            jenkins.sites.remove(0);
            client.refresh();
            assertEquals(2, warnings.records.size(), warnings.text());
        }
    }

    /** Nobody else sends them: they would wait for a month without a word. */
    @Test
    void eventsOfASiteThatWasRemovedAreSpokenOf() {
        core.lanes = "{\"site\": \"gone.example\", \"kind\": \"build\", \"waiting\": 2},"
                + "{\"site\": \"gone.example\", \"kind\": \"deployment\", \"waiting\": 1},"
                + "{\"site\": \"past.example\", \"kind\": \"build\", \"waiting\": 0}";
        client.start();
        List<String> problems = client.state().siteProblems();
        assertEquals(1, problems.size(), problems.toString());
        assertTrue(problems.get(0).contains("gone.example"), problems.toString());
        jenkins.sites.add(site("gone.example"));
        client.refresh();
        assertEquals(List.of(), client.state().siteProblems());
        jenkins.sites.remove(1);
        jenkins.settings = new Settings("postgresql://db.example.com/ci", false, null, null, null, "");
        client.refresh();
        assertEquals(List.of(), client.state().siteProblems(), "another controller may have it");
    }

    @Test
    void ofARelayAllSitesHaveOneProblem() {
        jenkins.sites = new ArrayList<>(List.of(site("one.example"), site("two.example")));
        jenkins.settings = relayed();
        jenkins.relayToken = null;
        try (Log warnings = new Log(Level.WARNING)) {
            client.start();
            assertEquals(1, warnings.records.size(), warnings.text());
        }
    }

    @Test
    void whatHappensIsLoggedForWhoeverLooksForIt() throws Exception {
        jenkins.settings = new Settings("/outbox", false, "http://user:hunter2@proxy:1", null, null, "");
        try (Log log = new Log(Level.FINE)) {
            client.start();
            CompletableFuture<Receipt> receipt = submit("request-1", LONG);
            named();
            core.settle(1, "accepted");
            receipt.get();
            client.gate(SITE, "app", "prod", 4).get();
            client.delivery().drop(6);
            client.stop();
            String text = log.text();
            for (String happened : List.of(
                    "open with", "credentials of " + SITE, "request-1", "event 1 of the outbox",
                    "Event 1 for " + SITE + " is accepted", "is awaiting", "drop", "closed")) {
                assertTrue(text.contains(happened), happened + " is missing in:\n" + text);
            }
            assertFalse(text.contains("hunter2") || text.contains(jenkins.secret), text);
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
        core.refusal = FakeFunctions.exception("Another copy has the outbox.");
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
        client.delivery().retry(5);
        client.delivery().retrySite(SITE);
        client.delivery().drop(6);
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
        List<ConnectionTest.Fact> facts = ConnectionTest.run(
                core, jenkins.settings.inMemory(), site(SITE), "word".getBytes(StandardCharsets.UTF_8));
        assertEquals(
                List.of("GOOD Token.", "BAD No cloud.", "GOOD Builds", "DOUBTFUL Deployments", "DOUBTFUL Feature flags"),
                facts.stream()
                        .map(fact -> fact.grade() + " " + fact.sentence().replaceFirst(":.*", ""))
                        .toList());
        assertFalse(core.calls().get(0).contains("outbox"), "it would use the real outbox");
        assertEquals("close 1", core.calls().get(2));
    }

    /** A relay answers whom it takes us for; that has neither a token nor a cloud id. */
    @Test
    void aTestOfTheConnectionToARelaySaysWhatMayBeSentThroughIt() {
        Settings relayed = new Settings(null, null, 1, "https://relay.example.com", false, null, null, null, "");
        core.answer("check", Map.of(
                "relay", "https://relay.example.com", "name", "ci", "sender", true,
                "sites", List.of(SITE), "kinds", List.of("build", "deployment")));
        assertEquals(
                List.of("GOOD The relay https", "GOOD The relay sends to " + SITE + ".", "GOOD Builds",
                        "GOOD Deployments", "DOUBTFUL Feature flags", "DOUBTFUL Development information"),
                facts(relayed, SITE));
        assertEquals("BAD The relay does not send to other.atlassian.net for this controller. Its sites",
                facts(relayed, "other.atlassian.net").get(1));
        core.answer("check", Map.of("relay", "https://relay.example.com", "name", "ops", "sender", false));
        assertEquals(List.of("BAD The relay https"), facts(relayed, SITE));
    }

    private List<String> facts(Settings settings, String site) {
        return ConnectionTest.run(core, settings, site(site), "word".getBytes(StandardCharsets.UTF_8)).stream()
                .map(fact -> fact.grade() + " " + fact.sentence().replaceFirst(":.*", ""))
                .toList();
    }
}
