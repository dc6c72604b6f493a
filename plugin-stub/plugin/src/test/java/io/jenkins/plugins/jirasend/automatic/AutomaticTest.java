package io.jenkins.plugins.jirasend.automatic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockConstruction;

import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.Job;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.EventPreparer;
import io.jenkins.plugins.jirasend.event.EventSubmitter;
import io.jenkins.plugins.jirasend.event.FakeSender;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.Runs;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.facts.FactSource;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import jenkins.model.CauseOfInterruption;
import org.jenkinsci.plugins.workflow.actions.WarningAction;
import org.jenkinsci.plugins.workflow.actions.WorkspaceAction;
import org.jenkinsci.plugins.workflow.graph.FlowNode;
import org.jenkinsci.plugins.workflow.graphanalysis.DepthFirstScanner;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.MockedConstruction;

class AutomaticTest {
    private final FakeServices services = new FakeServices();
    private final List<FlowNode> inside = new ArrayList<>();
    private JiraSite site;
    private TaskListener log;
    private Graph graph;
    private MockedConstruction<DepthFirstScanner> scanners;

    @BeforeEach
    void put() {
        site = services.addSite("acme.atlassian.net");
        doReturn(true).when(site).isAutomaticDeployments();
        Services.replace(services);
        log = services.listener();
        graph = new Graph(log);
        scanners = mockConstruction(DepthFirstScanner.class, (scanner, unused) -> {
            doReturn(true).when(scanner).setup(any(FlowNode.class), any());
            doReturn(inside.iterator()).when(scanner).iterator();
        });
    }

    @AfterEach
    void restore() {
        scanners.close();
        Services.replace(null);
    }

    private static List<String> texts(net.sf.json.JSONObject event) {
        List<String> texts = new ArrayList<>();
        for (Object element : event.getJSONArray("keyText")) {
            texts.add(element instanceof net.sf.json.JSONObject object ? object.getString("text") : element.toString());
        }
        return texts;
    }

    @Test
    void aStageIsInProgressAtItsFirstWorkAndEndsWithItsResult() {
        graph.openStage("deploy to prod eu");
        graph.open("node", null);
        graph.step("checkout");
        assertEquals(List.of(), states());
        graph.step("sh");
        assertEquals(List.of("in_progress"), states());
        graph.step("sh");
        graph.close(null);
        graph.close(null);
        assertEquals(List.of("in_progress", "successful"), states());
        assertEquals(
                "{\"id\":\"prod eu\",\"name\":\"prod eu\"}",
                services.sender.events.get(1).getJSONObject("environment").toString());
        assertTrue(services.sender.events.get(1).getInt("duration") >= 0);
        assertEquals(
                "[jirasend] deployment app #9 to prod eu, in progress -> acme.atlassian.net: accepted (APP-1)",
                services.lines().get(0));
    }

    /** Jira would show a deployment of one pipeline that never ends, and the end of one that never began. */
    @Test
    void theEndGoesToThePipelineOfTheBeginning() {
        graph.openStage("deploy to prod");
        graph.open("node", null);
        graph.step("sh");
        doReturn("us-").when(site).getIdPrefix(); // by an administrator
        graph.close(null);
        graph.close(null);
        assertEquals(List.of("in_progress", "successful"), states());
        assertEquals(
                List.of("app", "app"),
                services.sender.events.stream().map(event -> event.getString("pipelineId")).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stage", "node", "checkout", "input", "withEnv", "withCredentials", "getContext", "timeout", "timestamps",
                "retry", "lock"
            })
    void whatOnlyPreparesIsNoWork(String function) {
        graph.openStage("deploy to prod");
        graph.step(function);
        graph.close(new IOException("nobody approved"));
        assertEquals(List.of(), states());
    }

    @Test
    void aFailureIsJudgedWhenItIsKnown() {
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.closeBody(new IOException("exit 1"));
        assertEquals(List.of("in_progress"), states(), "the error is not there yet");
        graph.closeBlock();
        assertEquals(List.of("in_progress", "failed"), states());
    }

    @Test
    void anInterruptionHasItsOwnResult() {
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.close(new FlowInterruptedException(Result.ABORTED, true, new CauseOfInterruption[0]));
        assertEquals(List.of("in_progress", "cancelled"), states());
    }

    @Test
    void theWorstWarningInsideCounts() {
        inside.add(warning(Result.UNSTABLE));
        inside.add(warning(null));
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.close(null);
        assertEquals(List.of("in_progress", "failed"), states());
    }

    @Test
    void aSkippedStageIsNotToldOf() {
        FlowNode stage = graph.openStage("deploy to prod");
        graph.step("getContext");
        graph.skip(stage, "SKIPPED_FOR_CONDITIONAL");
        graph.step("parallel");
        graph.close(null);
        assertEquals(List.of(), states());
    }

    @Test
    void aStageSkippedAfterAFailureCarriesAnErrorToo() {
        FlowNode stage = graph.openStage("deploy to prod");
        graph.skip(stage, "SKIPPED_FOR_FAILURE");
        graph.close(new IOException("earlier"));
        assertEquals(List.of(), states());
    }

    @Test
    void aStageThatIsSkippedAfterItWasToldOfIsCancelled() {
        FlowNode stage = graph.openStage("deploy to prod");
        graph.step("sh"); // in a when condition
        graph.skip(stage, "SKIPPED_FOR_CONDITIONAL");
        graph.close(null);
        assertEquals(List.of("in_progress", "cancelled"), states());
    }

    @Test
    void theHeadIsReadInTheWorkspaceOfTheStage() {
        FilePath folder = mock(FilePath.class);
        services.sources.add(new FactSource() {
            @Override
            public String headMessage(FilePath asked, EnvVars environment, TaskListener listener) {
                return asked == folder ? "APP-41 head" : null;
            }
        });
        FlowNode node = graph.open("node", null);
        WorkspaceAction workspace = mock(WorkspaceAction.class);
        doReturn(folder).when(workspace).getWorkspace();
        doReturn(workspace).when(node).getPersistentAction(WorkspaceAction.class);
        graph.openStage("deploy to prod");
        graph.step("sh");
        assertEquals(
                List.of("APP-1", "APP-41 head"),
                texts(services.sender.events.get(0)));
        services.history(graph.run.getParent()).deployed("test", 1, List.of());
        graph.complete(Result.SUCCESS, log);
        assertEquals(
                List.of("APP-1", "APP-41"),
                history("test"),
                "the next build brings to test what this one has brought");
    }

    @Test
    void otherStagesAreNotToldOf() {
        graph.openStage("build");
        graph.step("sh");
        graph.openStage("do not deploy to prod");
        graph.step("sh");
        graph.close(null);
        graph.close(null);
        assertEquals(List.of(), states());
    }

    @Test
    void anExplicitEndSilencesTheAutomaticOne() throws Exception {
        graph.openStage("deploy to prod");
        graph.step("sh");
        SendOptions explicit = new SendOptions(EventKind.DEPLOYMENT);
        explicit.environmentId("prod");
        explicit.environmentName("Production");
        explicit.state("rolled_back");
        new EventSubmitter(services)
                .submit(
                        graph.run,
                        new EventPreparer(services)
                                .prepare(graph.run, explicit, RunContext.none())
                                .events(),
                        Duration.ZERO)
                .join();
        graph.close(null);
        assertEquals(List.of("in_progress", "rolled_back"), states());
    }

    @Test
    void whatABuildLeavesOpenIsClosedAtItsEnd() {
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.complete(Result.ABORTED, log);
        assertEquals(List.of("in_progress", "cancelled"), states());
        graph.complete(Result.ABORTED, log);
        assertEquals(2, states().size(), "once");
    }

    @Test
    void aHardKillLeavesNoDeploymentRunning() {
        graph.openStage("deploy to qa");
        graph.step("sleep");
        graph.kill(log);
        assertEquals(List.of("in_progress", "cancelled"), states());
        assertEquals("qa", services.sender.events.get(1).getJSONObject("environment").getString("id"));
    }

    @Test
    void aKilledBuildEndsTheBuildsOfItsStages() {
        doReturn(true).when(site).isAutomaticBuilds();
        doReturn("build").when(site).getAutomaticBuildStages();
        graph.openStage("build");
        graph.step("sh");
        graph.kill(log);
        assertEquals(List.of("cancelled"), states());
    }

    @Test
    void aGraphThatCannotBeReadLeavesNoDeploymentRunningEither() {
        graph.openStage("deploy to qa");
        graph.step("sh");
        graph.becomeUnreadable();
        graph.complete(Result.FAILURE, log);
        assertEquals(List.of("in_progress", "failed"), states());
    }

    @Test
    void aStageWhoseEndCannotBeReadWhileTheBuildGoesOnIsNoSuccess() {
        graph.openStage("deploy to qa");
        graph.step("sh");
        graph.becomeUnreadable();
        graph.close(null);
        assertEquals(List.of("in_progress", "unknown"), states());
    }

    @Test
    void thatABuildNamesNoIssueIsSaidOnce() {
        doReturn(true).when(site).isAutomaticBuilds();
        services.sender.answer = event -> java.util.concurrent.CompletableFuture.completedFuture(
                io.jenkins.plugins.jirasend.event.FakeSender.receipt(event, "skipped", "Nothing to associate."));
        new AutomaticRunListener().onStarted(graph.run, log);
        assertEquals(List.of(), services.lines());
        graph.complete(Result.SUCCESS, log);
        assertEquals(1, services.lines().size(), services.lines().toString());
    }

    @Test
    void aBuildIsToldOfAtItsStartAndEnd() {
        doReturn(true).when(site).isAutomaticBuilds();
        new AutomaticRunListener().onStarted(graph.run, log);
        graph.complete(Result.FAILURE, log);
        assertEquals(List.of("in_progress", "failed"), states());
        assertEquals(Duration.ofSeconds(10), services.sender.waits.get(0));
        assertEquals(Duration.ofSeconds(10), services.sender.waits.get(1), "the console says what became of it");
        assertEquals("build", services.sender.events.get(0).getString("kind"));
    }

    @Test
    void theLogIsClosedAfterItsLastLine() throws Exception {
        doReturn(true).when(site).isAutomaticBuilds();
        CompletableFuture<Receipt> receipt = new CompletableFuture<>();
        services.sender.answer = event -> receipt;
        Thread end = new Thread(() -> graph.complete(Result.SUCCESS, log));
        end.start();
        while (end.getState() != Thread.State.TIMED_WAITING && end.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
        assertTrue(end.isAlive(), "the listener has returned before there was a receipt to print");
        receipt.complete(FakeSender.receipt(services.sender.events.get(0), "queued", "later"));
        end.join();
        assertEquals(1, services.lines().size(), services.lines().toString());
    }

    /** The build's own end has no line here: only those of its stages keep the log open. */
    @Test
    void theLogIsClosedAfterTheLinesOfItsStagesToo() throws Exception {
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        services.sender.answer = event -> {
            CompletableFuture<Receipt> receipt = new CompletableFuture<>();
            synchronized (receipts) {
                receipts.add(receipt);
            }
            return receipt;
        };
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.close(null);
        Thread end = new Thread(() -> graph.complete(Result.SUCCESS, log));
        end.start();
        while (end.getState() != Thread.State.TIMED_WAITING && end.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
        assertTrue(end.isAlive(), "the run has ended before there was a receipt to print");
        for (int i = 0; i < 2; i++) {
            receipts.get(i).complete(FakeSender.receipt(services.sender.events.get(i), "rejected", "not allowed"));
        }
        end.join();
        assertEquals(
                List.of(
                        "[jirasend] deployment app #9 to prod, in progress -> acme.atlassian.net: rejected (APP-1): not allowed",
                        "[jirasend] deployment app #9 to prod, successful -> acme.atlassian.net: rejected (APP-1): not allowed"),
                services.lines());
    }

    @Test
    void theEndOfABuildWaitsNoLongerThanStepsDoAndNeverVeryLong() {
        AutomaticSending sending = new AutomaticSending(services);
        assertEquals(Duration.ofSeconds(10), sending.timeToWaitAtTheEnd());
        services.defaultWait = 3600;
        assertEquals(Duration.ofSeconds(10), sending.timeToWaitAtTheEnd());
        services.defaultWait = 0;
        assertEquals(Duration.ZERO, sending.timeToWaitAtTheEnd());
    }

    @Test
    void withAPatternABuildIsToldOfByStages() {
        doReturn(true).when(site).isAutomaticBuilds();
        doReturn("build|test").when(site).getAutomaticBuildStages();
        new AutomaticRunListener().onStarted(graph.run, log);
        graph.openStage("build");
        graph.step("checkout");
        graph.close(null);
        graph.openStage("test");
        graph.step("sh");
        graph.close(new IOException("exit 1"));
        FlowNode skipped = graph.openStage("test");
        graph.skip(skipped, "SKIPPED_FOR_FAILURE");
        graph.close(null);
        graph.complete(Result.FAILURE, log);
        assertEquals(List.of("successful", "failed"), states());
    }

    @Test
    void partsOfBuildsAreNotToldOf() {
        doReturn(true).when(site).isAutomaticBuilds();
        Run<?, ?> cell = mock(Run.class);
        Runs.prepare(cell, Runs.job(Job.class, "matrix/A=1"), 1, new EnvVars(Map.of()));
        new AutomaticRunListener().onStarted(cell, log);
        new AutomaticRunListener().onCompleted(cell, log);
        assertEquals(List.of(), states());
    }

    @Test
    void offByDefault() {
        services.sites.clear();
        services.addSite("acme.atlassian.net");
        new AutomaticRunListener().onStarted(graph.run, log);
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.close(null);
        graph.complete(Result.SUCCESS, log);
        assertEquals(List.of(), states());
    }

    @Test
    void aFinishedBuildsKeysWaitForDeployments() throws Exception {
        services.history(graph.run.getParent()).deployed("prod", 1, List.of());
        graph.complete(Result.SUCCESS, log);
        assertEquals(List.of("APP-1"), history("prod"));
    }

    private List<String> history(String environment) {
        try {
            return services.history(graph.run.getParent())
                    .pending(environment, 9, Map::of)
                    .waiting();
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy to (.*)", "deploy (to", "", "deploy to (?<envName>)prod"})
    void anUnusablePatternMatchesNothing(String pattern) {
        doReturn(pattern).when(site).getDeploymentStages();
        graph.openStage("deploy to prod");
        graph.step("sh");
        graph.close(null);
        assertEquals(List.of(), states());
    }

    /** A Jenkinsfile names its stages as it likes. */
    @Test
    void aNameThatIsTooLongForAPatternMatchesNothing() {
        doReturn("(?<envName>(a|b)*)").when(site).getDeploymentStages();
        graph.openStage("ab".repeat(100_000));
        graph.step("sh");
        graph.close(null);
        assertEquals(List.of(), states());
    }

    @Test
    void whatBeginsNoDeploymentIsDocumented() throws Exception {
        String page = Files.readString(Path.of("../../docs/jenkins.md"));
        for (String step : StageNodes.PREPARING) {
            assertTrue(page.contains("`" + step + "`"), step);
        }
    }

    private List<String> states() {
        return services.sender.events.stream()
                .map(event -> event.getString("state"))
                .toList();
    }

    private static FlowNode warning(Result result) {
        FlowNode node = mock(FlowNode.class);
        if (result != null) {
            WarningAction action = mock(WarningAction.class);
            doReturn(result).when(action).getResult();
            doReturn(action).when(node).getPersistentAction(WarningAction.class);
        }
        return node;
    }
}
