package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.TaskListener;

/**
 * Where in a run an event happens.
 *
 * @param workspace the folder in which the step runs, if any
 * @param environment the variables at that place, or null for those of the run
 */
public record RunContext(
        @CheckForNull FilePath workspace, @CheckForNull EnvVars environment, TaskListener listener) {
    /** Nothing but the run itself. */
    public static RunContext none() {
        return new RunContext(null, null, TaskListener.NULL);
    }
}
