package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.jenkins.plugins.jirasend.steps.SendBuildInfoStep;
import io.jenkins.plugins.jirasend.steps.SendDeploymentInfoStep;
import io.jenkins.plugins.jirasend.steps.SendStep;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.sf.json.JSONObject;
import org.jenkinsci.plugins.workflow.steps.StepExecution;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jenkins is killed at each point in the life of a send, and started again: Jira gets one event.
 *
 * <p>What was saved is read back into a new execution. The old one gets no answer any more.
 */
@Timeout(120)
class CrashTest {
    /** When Jenkins is killed. */
    private enum Point {
        /** The facts are gathered, but the program is not written: the state is that of the start. */
        BEFORE_SAVE,
        /** The program is written, and nothing was submitted. */
        SAVED,
        /** The event is in the outbox, and Jira may already have it. */
        SUBMITTED,
        /** Jira is away; the step waits. */
        WAITING
    }

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

    /** Writes itself as a mark; whoever reads the mark gets the context of the new life. */
    private static final class CrashingContext extends Context {
        private static final long serialVersionUID = 1L;

        static Context next;

        final transient CountDownLatch crashed = new CountDownLatch(1);
        private final transient Point point;
        private transient StepExecution execution;
        private transient byte[] saved;

        CrashingContext(Build build, Point point) {
            super(build);
            this.point = point;
        }

        void begin(StepExecution begun) throws Exception {
            execution = begun;
            saved = write(begun); // Pipelines save the program when a step starts
            assertFalse(begun.start());
        }

        @Override
        public ListenableFuture<Void> saveState() {
            SettableFuture<Void> done = SettableFuture.create();
            if (point == Point.BEFORE_SAVE) {
                crashed.countDown();
                return done; // never: Jenkins is gone
            }
            saved = write(execution);
            if (point == Point.SAVED) {
                crashed.countDown();
            } else {
                done.set(null);
            }
            return done;
        }

        /** The answer comes to a Jenkins that is not there any more. */
        @Override
        public void onSuccess(Object value) {
            crashed.countDown();
        }

        @Override
        public void onFailure(Throwable problem) {
            throw new AssertionError("The step failed.", problem);
        }

        private Object writeReplace() {
            return new Mark();
        }

        private static byte[] write(Object object) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream stream = new ObjectOutputStream(bytes)) {
                stream.writeObject(object);
            } catch (IOException e) {
                throw new AssertionError("The execution cannot be saved.", e);
            }
            return bytes.toByteArray();
        }

        StepExecution read() throws IOException, ClassNotFoundException {
            try (ObjectInputStream stream = new ObjectInputStream(new ByteArrayInputStream(saved))) {
                return (StepExecution) stream.readObject();
            }
        }
    }

    private static final class Mark implements Serializable {
        private static final long serialVersionUID = 1L;

        private Object readResolve() {
            return CrashingContext.next;
        }
    }

    private void crashAt(Point point) throws Exception {
        crashAt(point, new SendBuildInfoStep(), "builds");
    }

    private void crashAt(Point point, SendStep step, String kind) throws Exception {
        step.setWait(30);
        CrashingContext first = new CrashingContext(build, point);
        if (point == Point.WAITING) {
            lab.sandbox.faults("{\"path\": \"/" + kind + "\", \"status\": 503, \"count\": 0}");
        }
        first.begin(step.start(first));
        if (point == Point.WAITING) {
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
        crashAt(Point.BEFORE_SAVE);
    }

    @Test
    void whenItIsSaved() throws Exception {
        crashAt(Point.SAVED);
    }

    @Test
    void whenItIsSubmitted() throws Exception {
        crashAt(Point.SUBMITTED);
    }

    @Test
    void whileItWaits() throws Exception {
        crashAt(Point.WAITING);
    }

    @Test
    void aDeploymentWhenItIsSaved() throws Exception {
        crashAt(Point.SAVED, new SendDeploymentInfoStep("prod", "Production"), "deployments");
    }

    @Test
    void aDeploymentWhenItIsSubmitted() throws Exception {
        crashAt(Point.SUBMITTED, new SendDeploymentInfoStep("prod", "Production"), "deployments");
    }
}
