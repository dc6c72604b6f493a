package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.Cause;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.facts.FactSource;
import io.jenkins.plugins.jirasend.facts.Gathered;
import io.jenkins.plugins.jirasend.facts.Reference;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.facts.TestCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.sf.json.JSONObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventPreparerTest {
    private final FakeServices services = new FakeServices();
    private final EventPreparer preparer = new EventPreparer(services);
    private final SendOptions build = new SendOptions(EventKind.BUILD);
    private final SendOptions deployment = new SendOptions(EventKind.DEPLOYMENT);

    @BeforeEach
    void oneSite() {
        services.addSite("acme.atlassian.net");
        deployment.environmentId("prod-eu");
        deployment.environmentName("Production EU");
    }

    /** What is searched, whatever else is said of it. */
    static List<String> texts(JSONObject event) {
        List<String> texts = new java.util.ArrayList<>();
        for (Object element : event.getJSONArray("keyText")) {
            texts.add(element instanceof JSONObject object ? object.getString("text") : element.toString());
        }
        return texts;
    }

    @Test
    void aBuild() throws Exception {
        services.sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                facts.addTests(new TestCounts(10, 1, 2));
                facts.addCommit("[APP-2]");
                facts.addReference(
                        new Reference("c0ffee", "https://git.example.com/app", "main", "https://git.example.com/b"));
            }
        });
        build.description("a sentence");
        build.label("1.2");
        Run<?, ?> run = services.build("team/app", 42, Map.of("BRANCH_NAME", "feature/APP-1"));
        doReturn(Result.UNSTABLE).when(run).getResult();
        JSONObject event = only(preparer.prepare(run, build, RunContext.none()));
        assertEquals("build", event.getString("kind"));
        assertEquals("acme.atlassian.net", event.getString("site"));
        assertEquals("team/app", event.getString("pipelineId"));
        assertEquals("team » app", event.getString("pipelineName"));
        assertEquals(42, event.getInt("number"));
        assertEquals("https://ci.example.com/job/team/job/app/42/", event.getString("url"));
        assertEquals("failed", event.getString("state"));
        assertEquals("a sentence", event.getString("description"));
        assertEquals("1.2", event.getString("label"));
        assertTrue(event.getString("updatedAt").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z"));
        assertTrue(event.getString("requestId").matches("[0-9a-f-]{36}"));
        assertEquals(7, event.getJSONObject("tests").getInt("passed"));
        JSONObject reference = event.getJSONArray("references").getJSONObject(0);
        assertEquals("c0ffee", reference.getJSONObject("commit").getString("id"));
        assertEquals("main", reference.getJSONObject("ref").getString("name"));
        assertFalse(event.has("issueKeys") || event.has("environment") || event.has("gate"));
    }

    @Test
    void textThatLooksLikeJsonStaysText() throws Exception {
        Run<?, ?> run = services.build("app", 1, Map.of("BRANCH_NAME", "[APP-1]"));
        PreparedEvent event = preparer.prepare(run, build, RunContext.none()).events().get(0);
        assertTrue(event.document().contains("\"text\":\"[APP-1]\""), event.document());
    }

    @Test
    void aDeployment() throws Exception {
        deployment.environmentType("production");
        deployment.serviceIds(List.of("b:x"));
        deployment.state("rolled_back");
        Run<?, ?> run = services.build("app", 7, Map.of("BRANCH_NAME", "APP-1"));
        JSONObject event = only(preparer.prepare(run, deployment, RunContext.none()));
        assertEquals("https://ci.example.com/job/app/", event.getString("pipelineUrl"));
        assertEquals("prod-eu", event.getJSONObject("environment").getString("id"));
        assertEquals("Production EU", event.getJSONObject("environment").getString("name"));
        assertEquals("production", event.getJSONObject("environment").getString("type"));
        assertEquals(List.of("b:x"), event.getJSONArray("services"));
        assertEquals("rolled_back", event.getString("state"));
        assertFalse(event.has("tests") || event.has("references") || event.has("gate") || event.has("duration"));
    }

    @Test
    void oneEventForEachSiteWithItsOwnIdAndPrefix() throws Exception {
        JiraSite site = services.addSite("b.atlassian.net");
        doReturn("eu-").when(site).getIdPrefix();
        Run<?, ?> run = services.build("app", 1, Map.of());
        List<PreparedEvent> events = preparer.prepare(run, build, RunContext.none()).events();
        JSONObject first = JSONObject.fromObject(events.get(0).document());
        JSONObject second = JSONObject.fromObject(events.get(1).document());
        assertEquals("acme.atlassian.net", first.getString("site"));
        assertEquals("b.atlassian.net", second.getString("site"));
        assertEquals("eu-app", second.getString("pipelineId"));
        assertNotEquals(first.getString("requestId"), second.getString("requestId"));
        build.site("b.atlassian.net");
        assertEquals(1, preparer.prepare(run, build, RunContext.none()).events().size());
    }

    @Test
    void givenKeysAreUsedAlone() throws Exception {
        deployment.issueKeys(List.of("A-1,B-2"));
        Run<?, ?> run = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
        PreparedEvent event = preparer.prepare(run, deployment, RunContext.none()).events().get(0);
        JSONObject document = JSONObject.fromObject(event.document());
        assertEquals(List.of("A-1", "B-2"), document.getJSONArray("issueKeys"));
        assertFalse(document.has("keyText"));
        assertTrue(event.origins().isEmpty());
        assertFalse(services.history(run.getParent()).exists());
    }

    @Test
    void whatCannotBeSentIsAReceiptForEachSite() throws Exception {
        services.addSite("b.atlassian.net");
        services.rootUrl = null;
        assertError("Jenkins URL", build, 2);
        services.sender.unavailable = "Sending is switched off.";
        assertError("switched off", build, 2);
        build.site("unknown.example.com");
        assertError("no site unknown.example.com", build, 1);
    }

    @Test
    void aDeploymentNeedsAnEnvironment() throws Exception {
        deployment.environmentName(" ");
        assertError("environmentName", deployment, 1);
        deployment.environmentId(null);
        assertError("environmentId", deployment, 1);
    }

    @Test
    void noSiteIsNoError() throws Exception {
        services.sites.clear();
        Prepared prepared = preparer.prepare(services.build("app", 1, Map.of()), build, RunContext.none());
        assertEquals(0, prepared.events().size());
        assertTrue(prepared.notes().get(0).contains("no Jira site"));
    }

    @Test
    void gatingMeansPending() throws Exception {
        deployment.enableGating(true);
        Run<?, ?> run = services.build("app", 1, Map.of());
        JSONObject event = only(preparer.prepare(run, deployment, RunContext.none()));
        assertEquals("pending", event.getString("state"));
        assertTrue(event.getBoolean("gate"));
    }

    @Test
    void gatingWithAnotherStateIsAWarning() throws Exception {
        deployment.enableGating(true);
        deployment.state("successful");
        Prepared prepared = preparer.prepare(services.build("app", 1, Map.of()), deployment, RunContext.none());
        assertFalse(JSONObject.fromObject(prepared.events().get(0).document()).has("gate"));
        assertTrue(prepared.notes().get(0).contains("without the gate"), prepared.notes().toString());
    }

    @Test
    void withoutTheGateTheEventGoesToEverySite() throws Exception {
        services.addSite("b.atlassian.net");
        deployment.enableGating(true);
        deployment.state("successful");
        Prepared prepared = preparer.prepare(services.build("app", 1, Map.of()), deployment, RunContext.none());
        assertEquals(2, prepared.events().size());
        prepared.events().forEach(event -> assertNull(event.error()));
        assertEquals(1, prepared.notes().size());
    }

    @Test
    void gatingWithSeveralSitesNeedsAName() throws Exception {
        services.addSite("b.atlassian.net");
        deployment.enableGating(true);
        assertError("name it", deployment, 2);
        deployment.site("b.atlassian.net");
        Run<?, ?> run = services.build("app", 1, Map.of());
        assertTrue(only(preparer.prepare(run, deployment, RunContext.none())).getBoolean("gate"));
    }

    @Test
    void whatNobodyForesawIsAReceiptToo() throws Exception {
        Run<?, ?> run = services.build("app", 1, Map.of());
        doReturn(null).when(run).getCauses();
        PreparedEvent event = preparer.prepare(run, build, RunContext.none()).events().get(0);
        assertNull(event.document());
        assertTrue(event.error().contains("NullPointerException"), event.error());
    }

    @Test
    void aDeploymentBringsWhatEarlierBuildsBrought() throws Exception {
        Run<?, ?> first = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
        Run<?, ?> second = services.build("app", 2, Map.of("BRANCH_NAME", "APP-2"));
        Run<?, ?> third = services.build("app", 3, Map.of("BRANCH_NAME", "APP-3"));
        Runs.before(second, first);
        Runs.before(third, second);
        assertEquals(List.of("APP-3", "APP-1", "APP-2"), deploy(third));
        Run<?, ?> fourth = services.build("app", 4, Map.of("BRANCH_NAME", "APP-4"));
        assertEquals(List.of("APP-4"), deploy(fourth));
    }

    @Test
    void theSameDeploymentToldTwiceSaysTheSame() throws Exception {
        Run<?, ?> first = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
        Run<?, ?> second = services.build("app", 2, Map.of("BRANCH_NAME", "APP-2"));
        Runs.before(second, first);
        assertEquals(List.of("APP-2", "APP-1"), deploy(second));
        assertEquals(List.of("APP-2", "APP-1"), deploy(second));
    }

    @Test
    void aRedeploymentWithoutChangesBringsTheSameAgain() throws Exception {
        deploy(services.build("app", 1, Map.of("BRANCH_NAME", "APP-1")));
        assertEquals(List.of("APP-1"), deploy(services.build("app", 2, Map.of("BRANCH_NAME", "main"))));
    }

    @Test
    void aPromotionBringsWhatTheUpstreamJobBuilt() throws Exception {
        Run<?, ?> first = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
        Run<?, ?> second = services.build("app", 2, Map.of("BRANCH_NAME", "APP-2"));
        Runs.before(second, first);
        Run<?, ?> promotion = services.build("promote", 1, Map.of());
        upstream(promotion, second);
        assertEquals(List.of("APP-2", "APP-1"), deploy(promotion));
        assertEquals(
                List.of(),
                services.history(second.getParent()).pending("prod-eu", 2, Map::of).waiting());
    }

    @Test
    void aFailedDeploymentLeavesEverythingWaiting() throws Exception {
        deployment.state("failed");
        Run<?, ?> first = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
        Run<?, ?> second = services.build("app", 2, Map.of("BRANCH_NAME", "APP-2"));
        Runs.before(second, first);
        deploy(second);
        deployment.state("successful");
        assertEquals(List.of("APP-2", "APP-1"), deploy(second));
    }

    @Test
    void aBuildNamesWhatItsUpstreamBuilt() throws Exception {
        Run<?, ?> upstream = services.build("lib", 1, Map.of("BRANCH_NAME", "LIB-1"));
        Run<?, ?> run = services.build("app", 1, Map.of("BRANCH_NAME", "APP-1"));
        upstream(run, upstream);
        assertEquals(
                List.of("APP-1", "LIB-1"),
                texts(only(preparer.prepare(run, build, RunContext.none()))));
    }

    @Test
    void whatAWorkspaceHasSaidIsKnownAfterwards() throws Exception {
        services.sources.add(new FactSource() {
            @Override
            public String headMessage(FilePath folder, EnvVars environment, TaskListener listener) {
                return "APP-41 mend";
            }
        });
        Run<?, ?> run = services.build("app", 1, Map.of());
        RunContext inside = new RunContext(mock(FilePath.class), new EnvVars(), services.listener());
        preparer.prepare(run, build, inside);
        assertEquals(
                List.of("APP-41"),
                texts(only(preparer.prepare(run, build, RunContext.none()))));
        build.branch("mine");
        assertEquals(
                List.of("mine"),
                texts(only(preparer.prepare(run, build, RunContext.none()))));
        Run<?, ?> next = services.build("app", 2, Map.of());
        Runs.before(next, run);
        assertEquals(
                List.of("APP-41"),
                texts(only(preparer.prepare(next, deployment, RunContext.none()))));
    }

    @Test
    void aBuildThatSomebodyNamedIsLabelledSo() throws Exception {
        Run<?, ?> run = services.build("app", 7, Map.of("BRANCH_NAME", "APP-1"));
        when(run.getDisplayName()).thenReturn("#7");
        assertFalse(only(preparer.prepare(run, build, RunContext.none())).has("label"));
        when(run.getDisplayName()).thenReturn("1.4.2");
        assertEquals("1.4.2", only(preparer.prepare(run, build, RunContext.none())).getString("label"));
        build.label("mine");
        assertEquals("mine", only(preparer.prepare(run, build, RunContext.none())).getString("label"));
    }

    @Test
    void eachTextSaysWhatItIs() throws Exception {
        Run<?, ?> run = services.build(
                "app", 7, Map.of("BRANCH_NAME", "APP-1", "TAG_NAME", "v1-APP-2", "CHANGE_TITLE", "APP-3 title"));
        assertEquals(
                "[{\"text\":\"APP-1\",\"from\":\"branch\"},{\"text\":\"v1-APP-2\",\"from\":\"tag\"},"
                        + "{\"text\":\"APP-3 title\",\"from\":\"title\"}]",
                only(preparer.prepare(run, build, RunContext.none())).getJSONArray("keyText").toString());
    }

    @Test
    void aStepMayNameAnotherPageAndPropertiesOfItsOwn() throws Exception {
        SendOptions options = new SendOptions(EventKind.BUILD);
        options.url("https://releases.example.com/7");
        options.properties(Map.of("team", "payments"));
        Run<?, ?> run = services.build("app", 7, Map.of("BRANCH_NAME", "APP-1"));
        JSONObject event = JSONObject.fromObject(
                new EventPreparer(services).prepare(run, options, RunContext.none()).events().get(0).document());
        assertEquals("https://releases.example.com/7", event.getString("url"));
        assertEquals("payments", event.getJSONObject("properties").getString("team"));
    }

    @Test
    void automaticEventsAreSilentWhenTheyCannotBeSent() throws Exception {
        Run<?, ?> run = services.build("app", 1, Map.of());
        assertEquals(
                1,
                preparer.prepareAutomatic(run, build, RunContext.none(), site -> true, -1).size());
        assertEquals(
                0,
                preparer.prepareAutomatic(run, build, RunContext.none(), site -> false, -1).size());
        services.rootUrl = null;
        assertEquals(
                0,
                preparer.prepareAutomatic(run, build, RunContext.none(), site -> true, -1).size());
    }

    private List<?> deploy(Run<?, ?> run) throws Exception {
        Prepared prepared = preparer.prepare(run, deployment, RunContext.none());
        List<?> texts = texts(only(prepared));
        new EventSubmitter(services).submit(run, prepared.events(), Duration.ZERO).join();
        return texts.stream().filter(text -> !text.equals("main")).toList();
    }

    private void assertError(String words, SendOptions options, int count) throws Exception {
        List<PreparedEvent> events = preparer.prepare(
                        services.build("app", 1, Map.of()), options, RunContext.none())
                .events();
        assertEquals(count, events.size());
        for (PreparedEvent event : events) {
            assertNull(event.document());
            assertTrue(event.error().contains(words), event.error());
        }
    }

    private static JSONObject only(Prepared prepared) {
        assertEquals(1, prepared.events().size());
        return JSONObject.fromObject(prepared.events().get(0).document());
    }

    private static void upstream(Run<?, ?> run, Run<?, ?> from) {
        Cause.UpstreamCause cause = mock(Cause.UpstreamCause.class);
        doReturn(from).when(cause).getUpstreamRun();
        doReturn(List.of(cause)).when(run).getCauses();
    }
}
