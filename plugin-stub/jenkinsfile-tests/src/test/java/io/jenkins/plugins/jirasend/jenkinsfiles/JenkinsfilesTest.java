package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.AbortException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.sf.json.JSONObject;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of examples/jenkins, with our steps behind the names: through JNI and the core to the
 * sandbox, which is asked what arrived.
 */
@Timeout(120)
class JenkinsfilesTest {
    private static final Map<String, String> MAIN = Map.of("BRANCH_NAME", "main", "CHANGE_TITLE", "APP-1 and OPS-2");

    @TempDir
    static Path folder;

    private static Lab lab;
    private static int number;

    @BeforeAll
    static void open() throws Exception {
        lab = new Lab(folder);
    }

    @AfterAll
    static void close() throws Exception {
        if (lab != null) {
            lab.close();
        }
    }

    private static Pipeline pipeline(String name, Map<String, String> variables) {
        return new Pipeline("examples/" + name, ++number, variables);
    }

    /** Runs an example that ends well. */
    private static Pipeline good(String name, Map<String, String> variables) {
        Pipeline pipeline = pipeline(name, variables);
        assertEquals("SUCCESS", pipeline.run(name), () -> pipeline.build.log() + pipeline.problem());
        return pipeline;
    }

    /** What arrived from this build, oldest first: "state keys" and for deployments "state environment type keys". */
    private static List<String> arrived(Pipeline pipeline) {
        String id = wire(pipeline.build.env.get("JOB_NAME"));
        int build = Integer.parseInt(pipeline.build.env.get("BUILD_NUMBER"));
        List<String> lines = new ArrayList<>();
        for (JSONObject item : lab.sandbox.sent("builds")) {
            if (item.getString("pipelineId").equals(id) && item.getInt("buildNumber") == build) {
                lines.add(item.getString("state") + " " + keys(item));
            }
        }
        for (JSONObject item : lab.sandbox.sent("deployments")) {
            JSONObject environment = item.getJSONObject("environment");
            if (item.getJSONObject("pipeline").getString("id").equals(id)
                    && item.getInt("deploymentSequenceNumber") == build) {
                lines.add(item.getString("state") + " " + environment.getString("id") + " "
                        + environment.getString("type") + " " + keys(item));
            }
        }
        return lines;
    }

    /** An id as Jira sees it: what has a meaning in addresses is escaped. */
    private static String wire(String id) {
        return id.replace("/", "~2F");
    }

    private static String keys(JSONObject item) {
        Set<String> keys = new TreeSet<>();
        for (Object element : item.getJSONArray("associations")) {
            JSONObject association = (JSONObject) element;
            if (association.getString("associationType").startsWith("issue")) {
                association.getJSONArray("values").forEach(key -> keys.add((String) key));
            }
        }
        return String.join(",", keys);
    }

    @Test
    void build() {
        Pipeline pipeline = good("build", Map.of("BRANCH_NAME", "feature/APP-7-login"));
        assertEquals(List.of("successful APP-7"), arrived(pipeline));
        assertEquals(List.of("./build.sh"), pipeline.scripts);
        assertTrue(pipeline.build.log().contains("example.atlassian.net: accepted (APP-7)"), pipeline.build.log());
    }

    @Test
    void aBuildThatFails() {
        Pipeline pipeline = pipeline("build", MAIN);
        pipeline.broken.add("build.sh");
        assertEquals("FAILURE", pipeline.run("build"));
        assertEquals(List.of("failed APP-1,OPS-2"), arrived(pipeline));
    }

    @Test
    void deployments() {
        assertEquals(
                List.of("successful eu-staging staging APP-1,OPS-2", "successful eu-production production APP-1,OPS-2"),
                arrived(good("deployments", MAIN)));
        assertEquals(List.of(), arrived(good("deployments", Map.of("BRANCH_NAME", "feature/APP-7"))));
    }

    @Test
    void aDeploymentThatFailsEndsTheWay() {
        Pipeline pipeline = pipeline("deployments", MAIN);
        pipeline.broken.add("staging");
        assertEquals("FAILURE", pipeline.run("deployments"));
        assertEquals(List.of("failed eu-staging staging APP-1,OPS-2"), arrived(pipeline));
    }

    @Test
    void buildAndDeploy() {
        assertEquals(
                List.of(
                        "successful APP-1,OPS-2",
                        "successful eu-staging staging APP-1,OPS-2",
                        "successful eu-production production APP-1,OPS-2"),
                arrived(good("build-and-deploy", MAIN)));
    }

    @Test
    void scripted() {
        assertEquals(
                List.of(
                        "in_progress APP-1,OPS-2",
                        "successful APP-1,OPS-2",
                        "in_progress eu-staging staging APP-1,OPS-2",
                        "successful eu-staging staging APP-1,OPS-2"),
                arrived(good("scripted", MAIN)));
    }

    @Test
    void scriptedThatFails() {
        Pipeline pipeline = pipeline("scripted", MAIN);
        pipeline.broken.add("build.sh");
        assertEquals("FAILURE", pipeline.run("scripted"));
        assertInstanceOf(AbortException.class, pipeline.problem());
        assertEquals(List.of("in_progress APP-1,OPS-2", "failed APP-1,OPS-2"), arrived(pipeline));
    }

    @Test
    void multibranch() {
        assertEquals(
                List.of("successful APP-7"),
                arrived(good("multibranch", Map.of("BRANCH_NAME", "feature/APP-7-login"))));
        assertEquals(
                List.of("successful APP-1,OPS-2", "successful staging staging APP-1,OPS-2"),
                arrived(good("multibranch", MAIN)));
        Pipeline tag = good("multibranch", Map.of("BRANCH_NAME", "v2", "TAG_NAME", "v2", "CHANGE_TITLE", "APP-3"));
        assertEquals(
                List.of("successful APP-3", "successful production production APP-3"), arrived(tag));
        assertEquals(
                List.of("v2"),
                lab.sandbox.sent("deployments").stream()
                        .filter(item -> item.getInt("deploymentSequenceNumber") == number)
                        .map(item -> item.getString("label"))
                        .toList());
    }

    @Test
    void pullRequest() {
        Map<String, String> variables = Map.of(
                "BRANCH_NAME", "PR-12", "CHANGE_ID", "12", "CHANGE_BRANCH", "bugfix/APP-8", "CHANGE_TITLE", "APP-9 it");
        assertEquals(
                List.of("successful APP-8,APP-9", "successful preview-12 testing APP-8,APP-9"),
                arrived(good("pull-request", variables)));
        assertEquals(List.of("successful APP-1"), arrived(good("pull-request", Map.of("BRANCH_NAME", "APP-1"))));
    }

    @Test
    void postSections() {
        Pipeline pipeline = good("post-sections", MAIN);
        assertEquals(List.of("in_progress APP-1,OPS-2", "successful APP-1,OPS-2"), arrived(pipeline));
        Pipeline broken = pipeline("post-sections", MAIN);
        broken.broken.add("build.sh");
        assertEquals("FAILURE", broken.run("post-sections"));
        assertEquals(List.of("in_progress APP-1,OPS-2", "failed APP-1,OPS-2"), arrived(broken));
    }

    @Test
    void gateAllowed() {
        Pipeline pipeline = pipeline("gate", MAIN);
        int build = number;
        pipeline.meanwhile = () -> lab.sandbox.gate(wire("examples/gate"), "eu-production", build, "allowed");
        assertEquals("SUCCESS", pipeline.run("gate"), () -> pipeline.build.log() + pipeline.problem());
        assertEquals(
                List.of(
                        "pending eu-production production APP-1,OPS-2",
                        "successful eu-production production APP-1,OPS-2"),
                arrived(pipeline));
        assertEquals(List.of("./deploy.sh production"), pipeline.scripts);
    }

    @Test
    void gatePrevented() {
        Pipeline pipeline = pipeline("gate", MAIN);
        int build = number;
        pipeline.meanwhile = () -> lab.sandbox.gate(wire("examples/gate"), "eu-production", build, "prevented");
        assertEquals("ABORTED", pipeline.run("gate"));
        assertInstanceOf(FlowInterruptedException.class, pipeline.problem());
        assertEquals(List.of("pending eu-production production APP-1,OPS-2"), arrived(pipeline));
        assertEquals(List.of(), pipeline.scripts);
    }

    @Test
    void services() {
        Pipeline pipeline = good("services", MAIN);
        assertEquals(List.of("successful eu-production production APP-21,APP-22,OPS-3"), arrived(pipeline));
        JSONObject item = lab.sandbox.sent("deployments").stream()
                .filter(sent -> sent.getInt("deploymentSequenceNumber") == number)
                .findFirst()
                .orElseThrow();
        assertTrue(item.toString().contains("b:YXJpOmNsb3VkOmdyYXBoOjpzZXJ2aWNlLzI"), item.toString());
    }

    @Test
    void answers() {
        Pipeline pipeline = good("answers", MAIN);
        assertEquals(
                List.of("successful APP-1,APP-31,OPS-2", "successful eu-production production APP-31"),
                arrived(pipeline));
        assertTrue(pipeline.build.log().contains("example.atlassian.net: accepted ["), pipeline.build.log());
    }

    @Test
    void rejectedWithFailOnError() {
        Pipeline pipeline = pipeline("answers", MAIN);
        lab.sandbox.faults("{\"path\": \"/bulk\", \"reject\": [\"" + wire("examples/answers") + "\"], \"count\": 2}");
        try {
            assertEquals("FAILURE", pipeline.run("answers"));
            assertInstanceOf(AbortException.class, pipeline.problem());
            assertTrue(pipeline.build.log().contains("rejected"), pipeline.build.log());
        } finally {
            lab.sandbox.clearFaults();
        }
    }

    @Test
    void rollback() {
        Pipeline pipeline = pipeline("rollback", MAIN);
        pipeline.broken.add("check.sh");
        assertEquals("FAILURE", pipeline.run("rollback"));
        assertEquals(List.of("rolled_back eu-production production APP-1,OPS-2"), arrived(pipeline));
        assertEquals(
                List.of("successful eu-production production APP-1,OPS-2"), arrived(good("rollback", MAIN)));
    }

    /** These speak to listeners, which tests/jenkins/run has; here nothing may be sent by itself. */
    @Test
    void automatic() {
        assertEquals(List.of(), arrived(good("automatic-builds", MAIN)));
        assertEquals(List.of(), arrived(good("automatic-deployments", MAIN)));
    }

    /** Jira is away: the build is not held up, and the event arrives afterwards. */
    @Test
    void jiraIsAway() throws Exception {
        lab.sandbox.faults("{\"path\": \"/builds\", \"status\": 503, \"count\": 1}");
        Pipeline pipeline = good("post-sections", MAIN); // its first send does not wait
        for (int i = 0; i < 200 && arrived(pipeline).isEmpty(); i++) {
            Thread.sleep(50);
        }
        lab.sandbox.clearFaults();
        List<String> lines = arrived(pipeline);
        assertEquals("successful APP-1,OPS-2", lines.get(lines.size() - 1));
        assertNull(pipeline.problem());
    }

    /** A new example without a test would be an example that nobody ever ran. */
    @Test
    void everyExampleIsRun() throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Path.of(System.getProperty("jirasend.examples")), "*.Jenkinsfile")) {
            files.forEach(file -> names.add(file.getFileName().toString().replace(".Jenkinsfile", "")));
        }
        assertEquals(
                new TreeSet<>(Set.of(
                        "answers", "automatic-builds", "automatic-deployments", "build", "build-and-deploy",
                        "deployments", "gate", "multibranch", "post-sections", "pull-request", "rollback", "scripted",
                        "services")),
                names);
    }
}
