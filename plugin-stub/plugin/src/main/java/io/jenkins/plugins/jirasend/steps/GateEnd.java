package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.AbortException;
import hudson.model.Result;
import java.util.List;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.jenkinsci.plugins.workflow.steps.StepContext;

/** What is to happen when a gate does not open: a word of a Jenkinsfile. */
enum GateEnd {
    ABORT,
    FAIL,
    RETURN;

    static final List<String> WORDS = List.of("abort", "fail", "return");

    /** @throws AbortException when there is no such word; it names the parameter and the known words */
    static GateEnd read(@CheckForNull String word, String parameter) throws AbortException {
        if (word == null) {
            return ABORT;
        }
        for (GateEnd end : values()) {
            if (end.name().equalsIgnoreCase(word)) {
                return end;
            }
        }
        throw new AbortException(Messages.WaitForGate_BadWord(parameter, word));
    }

    void end(StepContext context, String why, Object answer) {
        switch (this) {
            case ABORT -> context.onFailure(new FlowInterruptedException(Result.ABORTED, true, new GateCause(why)));
            case FAIL -> context.onFailure(new AbortException(why));
            case RETURN -> context.onSuccess(answer);
        }
    }
}
