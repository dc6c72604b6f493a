package io.jenkins.plugins.jirasend.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.AbortException;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.event.FakeSender;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.facts.FactSource;
import io.jenkins.plugins.jirasend.facts.Gathered;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendExecutionTest {
    private final FakeServices services = new FakeServices();
    private final SendBuildInfoStep step = new SendBuildInfoStep();
    private FakeContext context;

    @BeforeEach
    void put() {
        services.addSite("acme.atlassian.net");
        Services.replace(services);
        Run<?, ?> run = services.build("app", 3, Map.of());
        context = new FakeContext(run, services.listener());
    }

    @AfterEach
    void restore() {
        Services.replace(null);
    }

    @Test
    void savesBeforeItSubmits() {
        assertFalse(execution().start());
        assertEquals(1, context.saves);
        assertEquals(0, services.sender.events.size());
        context.saved.set(null);
        assertEquals(1, services.sender.events.size());
        assertEquals(1, context.ends);
        assertEquals(
                List.of("[jirasend] build app #3, successful -> acme.atlassian.net: accepted (APP-1)"), services.lines());
    }

    @Test
    void submitsAlsoWhenSavingFails() {
        execution().start();
        context.saved.setException(new IOException("disk full"));
        assertEquals(1, services.sender.events.size());
        assertNotNull(context.result);
    }

    @Test
    void returnsOneSerializableMapForEachSite() throws Exception {
        services.addSite("b.atlassian.net");
        run();
        List<?> maps = assertInstanceOf(List.class, context.result);
        Map<?, ?> first = (Map<?, ?>) maps.get(0);
        assertEquals("acme.atlassian.net", first.get("site"));
        assertEquals("acme.atlassian.net", first.get("jiraSite"));
        assertEquals("accepted", first.get("status"));
        assertEquals("fine", first.get("message"));
        assertEquals(List.of("APP-1"), first.get("issueKeys"));
        assertEquals(List.of(), first.get("unknownIssueKeys"));
        assertEquals(0, first.get("droppedKeys"));
        assertEquals("b.atlassian.net", ((Map<?, ?>) maps.get(1)).get("site"));
        assertEquals(maps, copy((Serializable) maps));
    }

    @Test
    void resumedBeforeTheSaveItGathersAgain() throws Exception {
        SendExecution execution = copy(execution());
        execution.onResume();
        context.saved.set(null);
        assertEquals(1, services.sender.events.size());
    }

    @Test
    void resumedAfterTheSaveItUsesTheSameRequestIds() throws Exception {
        SendExecution execution = execution();
        execution.start();
        SendExecution saved = copy(execution);
        context.saved.set(null);
        saved.onResume();
        assertEquals(2, services.sender.events.size());
        assertEquals(services.sender.events.get(0), services.sender.events.get(1));
        assertEquals(1, context.saves);
    }

    @Test
    void stopEndsTheWaitAndLeavesTheEvent() {
        CompletableFuture<Receipt> late = new CompletableFuture<>();
        services.sender.answer = event -> late;
        SendExecution execution = execution();
        execution.start();
        context.saved.set(null);
        assertEquals(0, context.ends);
        Exception cause = new Exception("aborted");
        execution.stop(cause);
        assertSame(cause, context.failure);
        List<String> line = List.of("[jirasend] build app #3, successful -> acme.atlassian.net: queued: The step was ended before"
                + " Jira had answered. The event stays in the outbox and will be sent.");
        assertEquals(line, services.lines());
        late.complete(FakeSender.receipt(services.sender.events.get(0), "accepted", ""));
        assertEquals(1, context.ends);
        assertEquals(1, services.sender.events.size());
        assertEquals(line, services.lines(), "one line for each event and site");
    }

    @Test
    void onTheWayDownItIsLeftToTheResume() throws Exception {
        services.terminating = true;
        SendExecution execution = execution();
        execution.start();
        SendExecution saved = copy(execution);
        context.saved.set(null);
        assertEquals(0, context.ends);
        assertEquals(List.of(), services.lines());
        services.terminating = false;
        saved.onResume();
        assertEquals(1, context.ends);
        assertEquals(services.sender.events.get(0), services.sender.events.get(1));
        assertEquals(1, services.lines().size());
    }

    @Test
    void errorsLeaveTheBuildAlone() {
        services.rootUrl = null;
        run();
        assertNull(context.failure);
        assertEquals("error", ((Map<?, ?>) ((List<?>) context.result).get(0)).get("status"));
        assertTrue(services.lines().get(0).contains("error"), services.lines().toString());
    }

    @Test
    void failOnErrorFails() {
        step.setFailOnError(true);
        services.sender.answer =
                event -> CompletableFuture.completedFuture(FakeSender.receipt(event, "held", "permission"));
        run();
        assertInstanceOf(AbortException.class, context.failure);
        assertEquals(1, context.ends);
    }

    /** "Fail when Jira is not told": a site that was forgotten is the commonest reason. */
    @Test
    void failOnErrorFailsWhereNoSiteIsConfigured() {
        services.sites.clear();
        run();
        assertNull(context.failure);
        assertEquals(List.of(), context.result);
        step.setFailOnError(true);
        context.saved = com.google.common.util.concurrent.SettableFuture.create();
        run();
        assertInstanceOf(AbortException.class, context.failure);
    }

    @Test
    void failOnErrorFailsNothingThatIsSwitchedOff() {
        services.sites.clear();
        services.disabled = true;
        step.setFailOnError(true);
        run();
        assertNull(context.failure);
    }

    @Test
    void failOnErrorDoesNotFailForWhatIsKept() {
        step.setFailOnError(true);
        services.sender.answer =
                event -> CompletableFuture.completedFuture(FakeSender.receipt(event, "queued", "slow"));
        run();
        assertNull(context.failure);
    }

    @Test
    void anUnknownSiteMakesNoRequest() {
        step.setSite("evil.example.com");
        run();
        assertEquals(0, services.sender.events.size());
        Map<?, ?> answer = (Map<?, ?>) ((List<?>) context.result).get(0);
        assertEquals("evil.example.com", answer.get("site"));
        assertEquals("error", answer.get("status"));
    }

    @Test
    void aPasswordInTheNameOfASiteIsNotShown() {
        step.setSite("https://user:p@ss-word@evil.example.com");
        run();
        assertEquals("evil.example.com", ((Map<?, ?>) ((List<?>) context.result).get(0)).get("site"));
        String line = services.lines().get(0);
        assertTrue(line.startsWith("[jirasend] build app #3 -> evil.example.com: error"), line);
    }

    @Test
    void waitsAsAskedOrAsConfigured() {
        run();
        step.setWait(0);
        context.saved = com.google.common.util.concurrent.SettableFuture.create();
        run();
        assertEquals(List.of(Duration.ofSeconds(10), Duration.ZERO), services.sender.waits);
    }

    @Test
    void aContextThatIsGoneFailsTheStepInsteadOfHanging() {
        context.things.remove(Run.class);
        run();
        assertNotNull(context.failure == null ? context.result : context.failure);
        assertEquals(1, context.ends);
    }

    /** Else the build would wait for ever. */
    @Test
    void anErrorOfTheJvmEndsItToo() {
        services.sender.answer = event -> {
            throw new InternalError("on purpose");
        };
        run();
        assertNull(context.failure);
        assertEquals("error", ((Map<?, ?>) ((List<?>) context.result).get(0)).get("status"));
        context.saved = com.google.common.util.concurrent.SettableFuture.create();
        services.sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                throw new StackOverflowError("on purpose");
            }
        });
        run();
        assertEquals(2, context.ends);
        assertTrue(services.lines().get(1).contains("error"), services.lines().toString());
    }

    /** As in a post section after the agent was lost. */
    @Test
    void anAgentThatIsGoneCostsItsFactsAndNotTheEvent() {
        context.gone.add(FilePath.class);
        context.gone.add(EnvVars.class);
        run();
        assertNull(context.failure);
        assertEquals(1, services.sender.events.size());
        assertEquals(1, services.lines().size());
    }

    @Test
    void aLogThatCannotBeWrittenCostsItsLineAndNotTheEvent() {
        context.gone.add(TaskListener.class);
        run();
        assertNull(context.failure);
        assertNotNull(context.result);
        assertEquals(1, services.sender.events.size());
    }

    @Test
    void settersNeverThrow() {
        SendDeploymentInfoStep deployment = new SendDeploymentInfoStep(null, null);
        deployment.setSite(null);
        deployment.setBranch(null);
        deployment.setState(null);
        deployment.setIssueKeys(null);
        deployment.setServiceIds(null);
        deployment.setDescription(null);
        deployment.setLabel(null);
        deployment.setFailOnError(null);
        deployment.setEnableGating(null);
        deployment.setWait(null);
        deployment.setEnvironmentType(null);
        assertEquals(List.of(), deployment.getIssueKeys());
        assertFalse(deployment.getEnableGating() || deployment.getFailOnError());
    }

    private SendExecution execution() {
        return (SendExecution) step.start(context);
    }

    private void run() {
        execution().start();
        context.saved.set(null);
    }

    /** As it comes back from disk, with the same surroundings. */
    @SuppressWarnings("unchecked")
    private <T extends Serializable> T copy(T original) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes) {
            {
                enableReplaceObject(true);
            }

            @Override
            protected Object replaceObject(Object object) {
                return object instanceof FakeContext ? Surroundings.INSTANCE : object;
            }
        }) {
            out.writeObject(original);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())) {
            {
                enableResolveObject(true);
            }

            @Override
            protected Object resolveObject(Object object) {
                return object == Surroundings.INSTANCE ? context : object;
            }
        }) {
            return (T) in.readObject();
        }
    }

    private enum Surroundings {
        INSTANCE
    }
}
