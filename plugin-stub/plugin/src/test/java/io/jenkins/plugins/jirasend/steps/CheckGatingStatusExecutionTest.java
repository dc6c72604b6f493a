package io.jenkins.plugins.jirasend.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;

import hudson.AbortException;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.FakeSender;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.nativecore.GateStatus;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckGatingStatusExecutionTest {
    private final FakeServices services = new FakeServices();
    private FakeContext context;
    private String asked;

    @BeforeEach
    void put() {
        JiraSite site = services.addSite("acme.atlassian.net");
        doReturn("eu-").when(site).getIdPrefix();
        Services.replace(services);
        Run<?, ?> run = services.build("app", 3, Map.of());
        context = new FakeContext(run, services.listener());
    }

    @AfterEach
    void restore() {
        Services.replace(null);
    }

    @Test
    void allowed() {
        ask("allowed");
        assertEquals(true, context.result);
        assertEquals("acme.atlassian.net eu-app prod 3", asked);
        assertEquals(
                List.of("[jirasend] gate app #3 to prod -> acme.atlassian.net: allowed: so says Jira"),
                services.lines());
    }

    @Test
    void awaiting() {
        ask("awaiting");
        assertEquals(false, context.result);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prevented", "expired"})
    void decidedAgainstEndsTheBuild(String status) {
        ask(status);
        FlowInterruptedException end = assertInstanceOf(FlowInterruptedException.class, context.failure);
        assertEquals(Result.ABORTED, end.getResult());
        assertTrue(end.isActualInterruption());
        assertTrue(end.getCauses().get(0).getShortDescription().contains(status));
    }

    @ParameterizedTest
    @ValueSource(strings = {"invalid", "unknown"})
    void invalidIsAnError(String status) {
        ask(status);
        assertInstanceOf(AbortException.class, context.failure);
    }

    @Test
    void noAnswerIsFalseAndSaysWhy() {
        refuse(new JiraSendException(10, "Jira was not reached.", 0, 0));
        assertEquals(false, context.result);
        assertTrue(services.lines().get(0).endsWith("awaiting: Jira was not reached."), services.lines().get(0));
    }

    @Test
    void anUnusableSiteIsAnError() {
        refuse(new JiraSendException(9, "The permission is missing.", 403, 0));
        assertEquals("The permission is missing.", assertInstanceOf(AbortException.class, context.failure).getMessage());
    }

    @Test
    void aDeploymentInTheOutboxIsFalseWithoutAQuestion() {
        SendDeploymentInfoStep send = new SendDeploymentInfoStep("prod", "Production");
        send.setEnableGating(true);
        services.sender.answer = event -> CompletableFuture.completedFuture(FakeSender.receipt(event, "queued", ""));
        ((SendExecution) send.start(context)).start();
        context.saved.set(null);
        services.sender.known = id -> id == 7
                ? FakeSender.receipt(services.sender.events.get(0), "queued", "Jira is slow.")
                : null;
        ask("allowed");
        assertEquals(false, context.result);
        assertNull(asked);
        services.sender.known = id -> FakeSender.receipt(services.sender.events.get(0), "accepted", "");
        ask("allowed");
        assertEquals(true, context.result);
    }

    @Test
    void severalSitesNeedAName() {
        services.addSite("b.atlassian.net");
        ask("allowed");
        assertInstanceOf(AbortException.class, context.failure);
        CheckGatingStatusStep step = new CheckGatingStatusStep("prod");
        step.setSite("b.atlassian.net");
        start(step);
        assertEquals(true, context.result);
        assertEquals("b.atlassian.net app prod 3", asked);
    }

    @Test
    void withoutEnvironmentSiteOrLibraryItIsAnError() {
        start(new CheckGatingStatusStep(" "));
        assertInstanceOf(AbortException.class, context.failure);
        services.sender.unavailable = "No library.";
        start(new CheckGatingStatusStep("prod"));
        assertEquals("No library.", context.failure.getMessage());
        services.sender.unavailable = null;
        services.sites.clear();
        start(new CheckGatingStatusStep("prod"));
        assertInstanceOf(AbortException.class, context.failure);
    }

    @Test
    void asksForWhatWasToldWhateverThePrefixIsNow() {
        SendDeploymentInfoStep send = new SendDeploymentInfoStep("prod", "Production");
        send.setEnableGating(true);
        ((SendExecution) send.start(context)).start();
        context.saved.set(null);
        doReturn("us-").when(services.sites.get(0)).getIdPrefix(); // by an administrator
        ask("allowed");
        assertEquals("acme.atlassian.net eu-app prod 3", asked);
    }

    @Test
    void withoutALogItAnswersAllTheSame() {
        context.gone.add(TaskListener.class);
        ask("allowed");
        assertNull(context.failure);
        assertEquals(true, context.result);
    }

    @Test
    void anErrorOfTheJvmEndsItToo() {
        services.sender.gate = (site, question) -> {
            throw new InternalError("on purpose");
        };
        start(new CheckGatingStatusStep("prod"));
        assertInstanceOf(InternalError.class, context.failure);
    }

    @Test
    void asksAgainOnResume() {
        ask("awaiting");
        CheckGatingStatusExecution execution = (CheckGatingStatusExecution) new CheckGatingStatusStep("prod").start(context);
        execution.onResume();
        assertEquals(2, context.ends);
    }

    @Test
    void stopEndsTheWait() {
        CompletableFuture<GateStatus> late = new CompletableFuture<>();
        services.sender.gate = (site, question) -> late;
        CheckGatingStatusExecution execution = (CheckGatingStatusExecution) new CheckGatingStatusStep("prod").start(context);
        execution.start();
        execution.stop(new Exception("aborted"));
        late.complete(new GateStatus("allowed", List.of(), ""));
        assertEquals(1, context.ends);
    }

    private void ask(String status) {
        services.sender.gate = (site, question) -> {
            asked = site + " " + question;
            return CompletableFuture.completedFuture(new GateStatus(status, List.of(), "so says Jira"));
        };
        start(new CheckGatingStatusStep("prod"));
    }

    private void refuse(Exception refusal) {
        services.sender.gate = (site, question) -> CompletableFuture.failedFuture(refusal);
        start(new CheckGatingStatusStep("prod"));
    }

    private void start(CheckGatingStatusStep step) {
        ((CheckGatingStatusExecution) step.start(context)).start();
    }
}
