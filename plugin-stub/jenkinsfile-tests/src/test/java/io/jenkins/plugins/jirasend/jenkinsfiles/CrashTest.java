package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.jirasend.steps.SendBuildInfoStep;
import io.jenkins.plugins.jirasend.steps.SendDeploymentInfoStep;
import io.jenkins.plugins.jirasend.steps.SendStep;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.sf.json.JSONObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jenkins is killed at each point in the life of a send, and started again: Jira gets one event.
 *
 * <p>What was saved is read back into a new execution ({@link CrashingContext}).
 */
@Timeout(120)
class CrashTest {
    @TempDir
    Path folder;

    private Lab lab;
    private Build build;

    @BeforeEach
    void open() throws Exception {
        lab = new Lab(folder);
        build = new Build("crash", 1, Map.of("BRANCH_NAME", "feature/APP-40"));
    }

    @AfterEach
    void close() throws Exception {
        if (lab != null) {
            lab.close();
        }
    }

    private void crashAt(CrashingContext.Point point) throws Exception {
        crashAt(point, new SendBuildInfoStep(), "builds");
    }

    private void crashAt(CrashingContext.Point point, SendStep step, String kind) throws Exception {
        step.setWait(30);
        CrashingContext first = new CrashingContext(build, point, 1);
        if (point == CrashingContext.Point.WAITING) {
            lab.sandbox.faults("{\"path\": \"/" + kind + "\", \"status\": 503, \"count\": 0}");
        }
        first.begin(step.start(first));
        if (point == CrashingContext.Point.WAITING) {
            while (lab.sandbox.answered(kind, 503) == 0) {
                Thread.sleep(20);
            }
            assertEquals(1, first.crashed.getCount(), "it should wait");
        } else {
            assertTrue(first.crashed.await(30, TimeUnit.SECONDS));
        }
        lab.restart();
        lab.sandbox.clearFaults();
        Context second = new Context(build);
        CrashingContext.next = second;
        first.read().onResume();
        List<?> answers = (List<?>) second.end.get(60, TimeUnit.SECONDS);
        assertEquals("accepted", ((Map<?, ?>) answers.get(0)).get("status"), answers.toString());
        List<JSONObject> sent = lab.sandbox.sent(kind);
        assertEquals(1, sent.size(), sent.toString());
        assertEquals(1, lab.sandbox.state(kind).size());
    }

    @Test
    void beforeItIsSaved() throws Exception {
        crashAt(CrashingContext.Point.BEFORE_SAVE);
    }

    @Test
    void whenItIsSaved() throws Exception {
        crashAt(CrashingContext.Point.SAVED);
    }

    @Test
    void whenItIsSubmitted() throws Exception {
        crashAt(CrashingContext.Point.SUBMITTED);
    }

    @Test
    void whileItWaits() throws Exception {
        crashAt(CrashingContext.Point.WAITING);
    }

    @Test
    void aDeploymentWhenItIsSaved() throws Exception {
        crashAt(CrashingContext.Point.SAVED, new SendDeploymentInfoStep("prod", "Production"), "deployments");
    }

    @Test
    void aDeploymentWhenItIsSubmitted() throws Exception {
        crashAt(CrashingContext.Point.SUBMITTED, new SendDeploymentInfoStep("prod", "Production"), "deployments");
    }
}
