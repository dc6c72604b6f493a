package io.jenkins.plugins.jirasend.steps;

import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.event.Console;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.steps.StepContext;

/** The log that a step writes to. One that cannot be opened costs its lines, and decides nothing. */
final class StepLog {
    private static final Logger LOGGER = Logger.getLogger(StepLog.class.getName());

    private StepLog() {}

    static void note(StepContext context, String sentence) {
        try {
            Console.note(context.get(TaskListener.class), sentence);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.FINE, "A step has to do without its log.", e);
        }
    }
}
