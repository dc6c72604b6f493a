package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.jirasend.event.GatePoller;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.jenkinsfiles.CrashingContext.Point;
import io.jenkins.plugins.jirasend.steps.SendDeploymentInfoStep;
import io.jenkins.plugins.jirasend.steps.WaitForGateStep;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.jenkinsci.plugins.workflow.steps.StepExecution;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jenkins is killed while a build waits for a gate, and started again: it goes on waiting, and when the gate
 * does not open, Jira is told so once.
 */
@Timeout(120)
class WaitCrashTest {
    private static final String ENVIRONMENT = "prod";

    @TempDir
    Path folder;

    private Lab lab;
    private Build build;
    private StepExecution execution;

    @BeforeEach
    void open() throws Exception {
        lab = new Lab(folder);
        build = new Build("waits", 1, Map.of("BRANCH_NAME", "feature/APP-41"));
        SendDeploymentInfoStep send = new SendDeploymentInfoStep(ENVIRONMENT, "Production");
        send.setEnableGating(true);
        Context context = new Context(build);
        send.start(context).start();
        List<?> answers = (List<?>) context.end.get(60, TimeUnit.SECONDS);
        assertEquals("accepted", ((Map<?, ?>) answers.get(0)).get("status"), answers.toString());
    }

    @AfterEach
    void close() throws Exception {
        if (lab != null) {
            lab.close();
        }
    }

    private CrashingContext begin(Point point, int fatalSave) throws Exception {
        WaitForGateStep step = new WaitForGateStep(ENVIRONMENT);
        step.setInterval(1);
        CrashingContext context = new CrashingContext(build, point, fatalSave);
        execution = step.start(context);
        context.begin(execution);
        return context;
    }

    private void decide(String status) {
        lab.sandbox.gate("waits", ENVIRONMENT, 1, status);
    }

    /** The old life ends, and the new one reads what was saved. */
    private Context resume(CrashingContext first) throws Exception {
        Services.get().gates().remove((GatePoller.Waiter) execution);
        lab.restart();
        Context second = new Context(build);
        CrashingContext.next = second;
        first.read().onResume();
        return second;
    }

    private void goesOn(Point point) throws Exception {
        CrashingContext first = begin(point, 1);
        if (point == Point.WAITING) {
            while (lab.sandbox.asked("/gating-status") == 0) {
                Thread.sleep(20);
            }
            assertEquals(1, first.crashed.getCount(), "it should wait");
        } else {
            assertTrue(first.crashed.await(30, TimeUnit.SECONDS));
        }
        decide("allowed"); // while Jenkins is down
        Map<?, ?> answer = (Map<?, ?>) resume(first).end.get(60, TimeUnit.SECONDS);
        assertEquals("allowed", answer.get("status"), answer.toString());
        assertEquals(1, lab.sandbox.sent("deployments").size(), "Only the gated deployment is sent.");
    }

    /** The second time that the step saves is when it has made the event that cancels. */
    private void isCancelledOnce(Point point) throws Exception {
        decide("prevented");
        CrashingContext first = begin(point, 2);
        assertTrue(first.crashed.await(30, TimeUnit.SECONDS));
        Context second = resume(first);
        ExecutionException end =
                assertThrows(ExecutionException.class, () -> second.end.get(60, TimeUnit.SECONDS));
        assertInstanceOf(FlowInterruptedException.class, end.getCause());
        List<String> states = lab.sandbox.sent("deployments").stream()
                .map(item -> item.getString("state"))
                .toList();
        assertEquals(List.of("pending", "cancelled"), states);
    }

    @Test
    void beforeItIsSaved() throws Exception {
        goesOn(Point.BEFORE_SAVE);
    }

    @Test
    void whenItIsSaved() throws Exception {
        goesOn(Point.SAVED);
    }

    @Test
    void whileItAsks() throws Exception {
        goesOn(Point.WAITING);
    }

    @Test
    void beforeTheCancellationIsSaved() throws Exception {
        isCancelledOnce(Point.BEFORE_SAVE);
    }

    @Test
    void whenTheCancellationIsSaved() throws Exception {
        isCancelledOnce(Point.SAVED);
    }

    @Test
    void whenTheCancellationIsSubmitted() throws Exception {
        isCancelledOnce(Point.SUBMITTED);
    }
}
