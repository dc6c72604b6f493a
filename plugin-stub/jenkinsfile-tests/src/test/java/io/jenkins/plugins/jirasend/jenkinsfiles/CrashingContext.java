package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.concurrent.CountDownLatch;
import org.jenkinsci.plugins.workflow.steps.StepExecution;

/**
 * The context of a step in a Jenkins that is killed. The step writes it as a mark; whoever reads the mark
 * gets the context of the new life. The old one gets no answer any more.
 */
final class CrashingContext extends Context {
    private static final long serialVersionUID = 1L;

    /** When Jenkins is killed. */
    enum Point {
        /** The step has something to remember, but the program is not written: the state is the one before. */
        BEFORE_SAVE,
        /** The program is written, and nothing was done with it. */
        SAVED,
        /** The event is in the outbox, and Jira may already have it. */
        SUBMITTED,
        /** The step waits. */
        WAITING
    }

    /** The context of the new life. */
    static Context next;

    final transient CountDownLatch crashed = new CountDownLatch(1);
    private final transient Point point;
    private final transient int fatalSave;
    private transient int saves;
    private transient StepExecution execution;
    private transient byte[] saved;

    /** @param fatalSave which of the times that the step saves the point is about, from 1 */
    CrashingContext(Build build, Point point, int fatalSave) {
        super(build);
        this.point = point;
        this.fatalSave = fatalSave;
    }

    void begin(StepExecution begun) throws Exception {
        execution = begun;
        saved = write(begun); // Pipelines save the program when a step starts
        assertFalse(begun.start());
    }

    @Override
    public ListenableFuture<Void> saveState() {
        SettableFuture<Void> done = SettableFuture.create();
        boolean fatal = ++saves == fatalSave;
        if (fatal && point == Point.BEFORE_SAVE) {
            crashed.countDown();
            return done; // never: Jenkins is gone
        }
        saved = write(execution);
        if (fatal && point == Point.SAVED) {
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
        if (point != Point.SUBMITTED) {
            throw new AssertionError("The step failed.", problem);
        }
        crashed.countDown();
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

    private static final class Mark implements Serializable {
        private static final long serialVersionUID = 1L;

        private Object readResolve() {
            return next;
        }
    }
}
