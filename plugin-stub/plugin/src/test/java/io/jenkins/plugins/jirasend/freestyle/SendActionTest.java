package io.jenkins.plugins.jirasend.freestyle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import hudson.EnvVars;
import hudson.Launcher;
import hudson.matrix.MatrixAggregator;
import hudson.matrix.MatrixBuild;
import hudson.matrix.MatrixProject;
import hudson.model.AbstractBuild;
import hudson.model.AbstractProject;
import hudson.model.BuildListener;
import hudson.model.Result;
import hudson.model.Run;
import hudson.tasks.BuildStepMonitor;
import hudson.tasks.Publisher;
import hudson.util.DescribableList;
import io.jenkins.plugins.jirasend.event.FakeSender;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.Runs;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.facts.FactSource;
import io.jenkins.plugins.jirasend.facts.Gathered;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.objenesis.ObjenesisStd;

class SendActionTest {
    private final FakeServices services = new FakeServices();
    private final BuildListener listener = mock(BuildListener.class);

    @BeforeEach
    void put() {
        services.addSite("acme.atlassian.net");
        Services.replace(services);
        doReturn(new PrintStream(services.log, true)).when(listener).getLogger();
    }

    @AfterEach
    void restore() {
        Services.replace(null);
    }

    /** Jobs may run as a user, who need not see the jobs that come before. */
    @Test
    void gathersItsFactsWithTheAuthorityOfTheSystem() throws Exception {
        services.sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                facts.addTitle(services.system ? "APP-1" : "USER-1");
            }
        });
        assertTrue(new SendBuildInfoAction().perform(services.build("app", 5, Map.of()), null, listener));
        assertTrue(services.sender.events.get(0).getString("keyText").contains("APP-1"));
    }

    @Test
    void failOnErrorFailsWhereNoSiteIsConfigured() throws Exception {
        services.sites.clear();
        SendBuildInfoAction action = new SendBuildInfoAction();
        assertTrue(action.perform(services.build("app", 5, Map.of()), null, listener));
        action.setFailOnError(true);
        assertFalse(action.perform(services.build("app", 5, Map.of()), null, listener));
    }

    @Test
    void sendsTheFinalResult() throws Exception {
        AbstractBuild<?, ?> build = services.build("app", 5, Map.of("GIT_BRANCH", "origin/APP-1"));
        doReturn(Result.ABORTED).when(build).getResult();
        assertTrue(new SendBuildInfoAction().perform(build, null, listener));
        assertEquals("cancelled", services.sender.events.get(0).getString("state"));
        assertEquals(
                List.of("[jirasend] build app #5, cancelled -> acme.atlassian.net: accepted (APP-1)"), services.lines());
    }

    @Test
    void sendsADeployment() throws Exception {
        SendDeploymentInfoAction action = new SendDeploymentInfoAction("prod", "Production");
        action.setServiceIds(List.of("a b"));
        assertTrue(action.perform(services.build("app", 5, Map.of()), null, listener));
        assertEquals(
                "prod",
                services.sender.events.get(0).getJSONObject("environment").getString("id"));
        assertEquals(List.of("a", "b"), services.sender.events.get(0).getJSONArray("services"));
    }

    @Test
    void aConfigurationWrittenByHandMayLackEveryElement() throws Exception {
        // Jenkins reads a job's configuration without calling constructors or setters.
        SendBuildInfoAction build = new ObjenesisStd().newInstance(SendBuildInfoAction.class);
        assertTrue(build.perform(services.build("app", 5, Map.of("GIT_BRANCH", "APP-1")), null, listener));
        SendDeploymentInfoAction deployment = new ObjenesisStd().newInstance(SendDeploymentInfoAction.class);
        assertTrue(deployment.perform(services.build("app", 5, Map.of()), null, listener));
        assertEquals(1, services.sender.events.size());
        assertEquals(List.of(), deployment.getIssueKeys());
        assertEquals(List.of(), deployment.getServiceIds());
        assertTrue(services.lines().get(1).contains("environmentId"), services.lines().toString());
    }

    @Test
    void aConfigurationHasAnElementForEachParameter() {
        List<String> build = fields(SendAction.class);
        assertEquals(
                List.of("branch", "description", "failOnError", "issueKeys", "label", "site", "state", "url", "wait"), build);
        assertEquals(
                List.of("enableGating", "environmentId", "environmentName", "environmentType", "serviceIds"),
                fields(SendDeploymentInfoAction.class));
    }

    private static List<String> fields(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(field -> !field.isSynthetic() && !Modifier.isStatic(field.getModifiers()))
                .map(Field::getName)
                .sorted()
                .toList();
    }

    @Test
    void failsTheBuildOnlyWhenAsked() throws Exception {
        services.sender.answer =
                event -> CompletableFuture.completedFuture(FakeSender.receipt(event, "rejected", "bad"));
        SendBuildInfoAction action = new SendBuildInfoAction();
        assertTrue(action.perform(services.build("app", 5, Map.of()), null, listener));
        action.setFailOnError(true);
        assertFalse(action.perform(services.build("app", 5, Map.of()), null, listener));
    }

    @Test
    void waitsForNoEarlierBuild() {
        assertEquals(BuildStepMonitor.NONE, new SendBuildInfoAction().getRequiredMonitorService());
        assertFalse(new SendBuildInfoAction().needsToRunAfterFinalized());
    }

    @Test
    void partsOfAMatrixAreNotToldOf() throws Exception {
        AbstractBuild<?, ?> cell = mock(AbstractBuild.class);
        Runs.prepare(cell, Runs.job(AbstractProject.class, "matrix/A=1"), 1, new EnvVars());
        assertTrue(new SendBuildInfoAction().perform(cell, null, listener));
        assertEquals(0, services.sender.events.size());
    }

    @Test
    @SuppressWarnings("unchecked")
    void aMatrixIsToldOfOnceAtItsEnd() throws Exception {
        SendBuildInfoAction action = new SendBuildInfoAction();
        MatrixProject project = Runs.job(MatrixProject.class, "matrix");
        List<Publisher> publishers = List.of(mock(Publisher.class), action);
        DescribableList<Publisher, ?> list = mock(DescribableList.class);
        doReturn(publishers.iterator(), publishers.iterator()).when(list).iterator();
        doReturn(list).when(project).getPublishersList();
        MatrixBuild build = mock(MatrixBuild.class);
        Runs.prepare(build, project, 4, new EnvVars(Map.of()));
        MatrixAggregator aggregator = new MatrixEnd().createAggregator(build, mock(Launcher.class), listener);
        assertTrue(aggregator.endBuild());
        assertEquals(1, services.sender.events.size());
        verify(build, never()).setResult(Result.FAILURE);
        action.setFailOnError(true);
        services.rootUrl = null;
        assertTrue(aggregator.endBuild());
        verify(build).setResult(Result.FAILURE);
    }
}
