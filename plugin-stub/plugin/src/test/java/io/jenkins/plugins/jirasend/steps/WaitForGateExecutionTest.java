package io.jenkins.plugins.jirasend.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;

import hudson.AbortException;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.FakeSender;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.nativecore.GateStatus;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaitForGateExecutionTest {
    private static final String SITE = "acme.atlassian.net";

    private final FakeServices services = new FakeServices();
    private final WaitForGateStep step = new WaitForGateStep("prod");
    private final List<Long> asked = new ArrayList<>();
    private Run<?, ?> run;
    private FakeContext context;
    private WaitForGateExecution execution;
    /** What Jira says; null: it does not answer. */
    private GateStatus status = new GateStatus(
            "awaiting", List.of("CHG-1"), List.of("https://acme.example/browse/CHG-1"), "2026-01-02T03:04:05Z", "Not yet.");

    private Exception fault = new JiraSendException(10, "Jira was not reached.", 0, 0);

    @BeforeEach
    void put() {
        JiraSite site = services.addSite(SITE);
        doReturn("eu-").when(site).getIdPrefix();
        Services.replace(services);
        run = services.build("app", 3, Map.of("BRANCH_NAME", "APP-1"));
        context = new FakeContext(run, services.listener());
        context.saved.set(null);
        services.sender.known = id -> FakeSender.receipt(services.sender.events.get(0), "accepted", "");
        services.sender.gate = (host, question) -> {
            assertEquals("acme.atlassian.net eu-app prod 3", host + " " + question);
            asked.add(services.timer.now);
            return status == null ? CompletableFuture.failedFuture(fault) : CompletableFuture.completedFuture(status);
        };
    }

    @AfterEach
    void restore() {
        Services.replace(null);
    }

    /** The deployment with its gate, as a step before sends it. */
    private void send() {
        SendDeploymentInfoStep send = new SendDeploymentInfoStep("prod", "Production");
        send.setEnableGating(true);
        send.setIssueKeys(List.of("APP-77"));
        ((SendExecution) send.start(context)).start();
        context.result = null;
        context.ends = 0;
        services.lines();
    }

    private void begin() {
        send();
        start();
    }

    private void start() {
        execution = (WaitForGateExecution) step.start(context);
        assertEquals(false, execution.start());
        services.timer.advance(1);
    }

    private void decide(String word) {
        status = new GateStatus(word, List.of("CHG-1"), List.of(""), "2026-01-02T03:04:06Z", "So it is.");
        services.timer.advance(20_000);
    }

    private List<String> states() {
        return services.sender.events.stream().map(event -> event.getString("state")).toList();
    }

    private Map<?, ?> answer() {
        return assertInstanceOf(Map.class, context.result);
    }

    @Test
    void goesOnWhenJiraAllowsIt() {
        begin();
        assertEquals(0, context.ends);
        decide("allowed");
        assertEquals(1, context.ends);
        assertEquals(List.of("status", "issueKey", "issueLink", "updatedAt", "waitedSeconds"), List.copyOf(answer().keySet()));
        assertEquals("allowed", answer().get("status"));
        assertEquals("CHG-1", answer().get("issueKey"));
        assertEquals("2026-01-02T03:04:06Z", answer().get("updatedAt"));
        assertTrue((Long) answer().get("waitedSeconds") >= 8);
        assertEquals(List.of("pending"), states(), "nothing is cancelled");
        assertEquals(0, services.gates().size());
    }

    @Test
    void saysHowItStandsWhenThatChangesAndOnceAnHour() {
        begin();
        services.timer.advance(600_000);
        List<String> lines = services.lines().subList(1, services.lines().size());
        assertEquals(
                List.of("[jirasend] gate app #3 to prod -> acme.atlassian.net: awaiting (CHG-1): Not yet."
                        + " https://acme.example/browse/CHG-1"),
                lines);
        status = null;
        services.timer.advance(120_000);
        fault = new JiraSendException(7, "No answer in time.", 0, 0);
        services.timer.advance(120_000);
        assertEquals(3, services.lines().size(), services.lines().toString());
        assertTrue(services.lines().get(2).endsWith("awaiting: Jira was not reached."));
        services.timer.advance(2 * 3_600_000);
        assertEquals(5, services.lines().size(), services.lines().toString());
    }

    @Test
    void asksLessOftenTheLongerItTakes() {
        begin();
        services.timer.advance(299_000);
        assertTrue(asked.size() >= 25 && asked.size() <= 38, asked.size() + " times in five minutes");
        asked.clear();
        services.timer.advance(3_600_000);
        assertTrue(asked.size() >= 100 && asked.size() <= 152, asked.size() + " times in the hour after it");
        asked.clear();
        services.timer.advance(3_600_000);
        assertTrue(asked.size() >= 50 && asked.size() <= 76, asked.size() + " times in the next");
    }

    @Test
    void asksAsOftenAsItIsTold() {
        step.setInterval(100);
        begin();
        services.timer.advance(1_000_000);
        assertEquals(11, asked.size());
    }

    @Test
    void heedsRetryAfter() {
        step.setInterval(1);
        status = null;
        fault = new JiraSendException(10, "Slower.", 429, 90_000);
        begin();
        services.timer.advance(80_000);
        assertEquals(1, asked.size());
        services.timer.advance(20_000);
        assertEquals(2, asked.size());
    }

    @ParameterizedTest
    @CsvSource({"prevented, ", "expired, ABORT"})
    void abortsTheBuildWhenItIsPrevented(String word, String how) {
        step.setOnPrevented(how);
        begin();
        decide(word);
        FlowInterruptedException end = assertInstanceOf(FlowInterruptedException.class, context.failure);
        assertEquals(Result.ABORTED, end.getResult());
        assertEquals(List.of("pending", "cancelled"), states());
        assertEquals("[\"APP-77\"]", services.sender.events.get(1).getJSONArray("issueKeys").toString());
        assertTrue(!services.sender.events.get(1).has("gate"));
    }

    @Test
    void failsOrReturnsInsteadWhereTheJenkinsfileSaysSo() {
        step.setOnPrevented("fail");
        begin();
        decide("prevented");
        assertInstanceOf(AbortException.class, context.failure);
        step.setOnPrevented("return");
        context.failure = null;
        start();
        decide("expired");
        assertNull(context.failure);
        assertEquals("prevented", answer().get("status"));
        assertEquals(List.of("pending", "cancelled", "cancelled"), states());
    }

    @Test
    void withoutCancelOnAbortJiraIsToldNothing() {
        step.setCancelOnAbort(false);
        step.setOnPrevented("return");
        begin();
        decide("prevented");
        assertEquals("prevented", answer().get("status"));
        assertEquals(List.of("pending"), states());
    }

    @Test
    void isOverAfterItsTime() {
        step.setTimeout(3600);
        step.setOnTimeout("return");
        begin();
        services.timer.advance(3_599_000);
        assertEquals(0, context.ends);
        services.timer.advance(2_000);
        assertEquals("awaiting", answer().get("status"));
        assertEquals(3600L, answer().get("waitedSeconds"));
        assertEquals(List.of("pending", "cancelled"), states());
    }

    @Test
    void aGateThatOpensInTheLastMomentIsSeen() {
        step.setTimeout(30);
        step.setInterval(20);
        begin();
        services.timer.advance(25_000);
        status = new GateStatus("allowed", List.of(), "");
        services.timer.advance(5_100);
        assertEquals("allowed", answer().get("status"));
    }

    @Test
    void isOverAfterItsTimeAlsoWhileJiraDoesNotAnswer() {
        step.setTimeout(60);
        status = null;
        begin();
        services.timer.advance(61_000);
        assertInstanceOf(FlowInterruptedException.class, context.failure);
    }

    @Test
    void waitsUntilJiraHasTheDeployment() {
        send();
        services.sender.known = id -> FakeSender.receipt(services.sender.events.get(0), "held", "No permission.");
        start();
        services.timer.advance(60_000);
        assertEquals(0, asked.size());
        assertTrue(services.lines().get(1).contains("still in the outbox. No permission."), services.lines().toString());
        services.sender.known = id -> FakeSender.receipt(services.sender.events.get(0), "accepted", "");
        status = new GateStatus("unknown", List.of(), "Jira knows no gate of this deployment.");
        services.timer.advance(30_000);
        assertTrue(asked.size() > 1, "a 404 is no answer yet");
        decide("allowed");
        assertEquals("allowed", answer().get("status"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rejected", "skipped"})
    void aDeploymentThatJiraNeverTookIsNotWaitedFor(String what) {
        send();
        services.sender.known = id -> FakeSender.receipt(services.sender.events.get(0), what, "APP-77 is unknown.");
        start();
        assertTrue(assertInstanceOf(AbortException.class, context.failure).getMessage().contains("APP-77 is unknown."));
        assertEquals(List.of("pending"), states());
    }

    /** The program was saved between the decision and its end. */
    @Test
    void suchADeploymentIsNotCancelledAfterARestartEither() {
        send();
        services.sender.known = id -> FakeSender.receipt(services.sender.events.get(0), "rejected", "APP-77 is unknown.");
        start();
        context.failure = null;
        execution.onResume();
        assertTrue(assertInstanceOf(AbortException.class, context.failure).getMessage().contains("APP-77 is unknown."));
        assertEquals(List.of("pending"), states());
    }

    @Test
    void whatIsCancelledIsWhatWasTold() {
        begin();
        doReturn("us-").when(services.sites.get(0)).getIdPrefix(); // by an administrator
        decide("prevented");
        assertEquals(List.of("pending", "cancelled"), states());
        assertEquals("eu-app", services.sender.events.get(1).getString("pipelineId"));
    }

    @Test
    void aLogThatCannotBeOpenedDecidesNothing() {
        step.setOnPrevented("return");
        begin();
        context.gone.add(TaskListener.class);
        decide("prevented");
        assertNull(context.failure);
        assertEquals("prevented", answer().get("status"));
        assertEquals(List.of("pending", "cancelled"), states());
    }

    @Test
    void whatGoesWrongAtItsBeginningEndsIt() {
        send();
        doThrow(new IllegalStateException("on purpose")).when(run).getAction(SentEvents.class);
        start();
        assertEquals("on purpose", context.failure.getMessage());
        assertEquals(0, services.gates().size());
    }

    @Test
    void thatItsBuildCannotBeReadIsLoggedOnce() {
        begin();
        context.gone.add(Run.class);
        doReturn(true).when(run).isBuilding();
        List<LogRecord> warnings = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (record.getLevel().equals(Level.WARNING)) {
                    warnings.add(record);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(WaitForGateExecution.class.getName());
        logger.addHandler(handler);
        try {
            services.timer.advance(600_000);
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(1, warnings.size());
    }

    @Test
    void anInvalidGateFailsAtOnce() {
        begin();
        decide("invalid");
        assertInstanceOf(AbortException.class, context.failure);
        assertEquals(1, context.ends);
    }

    @Test
    void whatCannotBeWaitedForFailsAtOnceInOneLine() {
        start();
        assertTrue(assertInstanceOf(AbortException.class, context.failure).getMessage().contains("no gated deployment to prod"));
        step.setOnTimeout("explode");
        start();
        assertTrue(context.failure.getMessage().contains("explode") && context.failure.getMessage().contains("'return'"));
        step.setOnTimeout(null);
        step.setSite("b.atlassian.net");
        start();
        assertTrue(context.failure.getMessage().contains("b.atlassian.net"));
        step.setSite(null);
        services.addSite("b.atlassian.net");
        start();
        assertTrue(context.failure.getMessage().contains("Several"));
        execution = (WaitForGateExecution) new WaitForGateStep(" ").start(context);
        execution.start();
        assertTrue(context.failure.getMessage().contains("environmentId"));
        assertEquals(0, services.gates().size());
    }

    @Test
    void anAbortedBuildTellsJira() {
        begin();
        Exception cause = new Exception("aborted");
        execution.stop(cause);
        assertEquals(cause, context.failure);
        assertEquals(List.of("pending", "cancelled"), states());
        decide("allowed");
        assertEquals(1, context.ends);
        assertEquals(List.of(), SentEvents.takeAwaited(run), "nobody tells it again");
    }

    @Test
    void aBuildThatIsKilledLeavesWordThatTheGateWasAwaited() {
        begin();
        assertEquals(1, SentEvents.takeAwaited(run).size());
        assertEquals(0, SentEvents.takeAwaited(run).size());
    }

    @Test
    void afterARestartItAsksAtOnceWhateverItsInterval() {
        step.setInterval(86_400);
        begin();
        assertEquals(1, asked.size());
        services.gates().remove(execution); // Jenkins is gone
        services.timer.advance(7_200_000);
        status = new GateStatus("allowed", List.of(), "");
        execution.onResume();
        services.timer.advance(1);
        assertEquals("allowed", answer().get("status"));
        assertEquals(7200L, answer().get("waitedSeconds"));
    }

    @Test
    void aTimeThatIsOverWhileJenkinsWasDownIsOverAfterOneQuestion() {
        step.setTimeout(60);
        begin();
        services.gates().remove(execution);
        services.timer.advance(7_200_000);
        execution.onResume();
        services.timer.advance(1);
        assertEquals(2, asked.size());
        assertNotNull(context.failure);
    }

    /** Then the program is gone, and the step is not told. */
    @Test
    void leavesTheQueueWhenItsBuildWasKilledHard() {
        begin();
        context.gone.add(Run.class);
        doReturn(true).when(run).isBuilding();
        services.timer.advance(60_000);
        assertEquals(1, services.gates().size(), "a build that cannot be read now may be read later");
        doReturn(false).when(run).isBuilding();
        services.timer.advance(60_000);
        assertEquals(0, services.gates().size());
        assertEquals(0, context.ends);
    }
}
