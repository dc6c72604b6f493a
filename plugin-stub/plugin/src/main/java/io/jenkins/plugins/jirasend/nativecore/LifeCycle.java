package io.jenkins.plugins.jirasend.nativecore;

import hudson.init.InitMilestone;
import hudson.init.Initializer;
import hudson.init.Terminator;
import org.jenkinsci.plugins.workflow.flow.FlowExecutionList;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/**
 * When the core is open: after configuration as code has had its say and before Pipelines go on, also
 * when the plugin is installed into a running Jenkins; until Pipelines have stopped.
 */
@Restricted(NoExternalUse.class)
public final class LifeCycle {
    private LifeCycle() {}

    /** A Jenkins that cannot tell Jira anything still has to build. */
    @Initializer(after = InitMilestone.SYSTEM_CONFIG_ADAPTED, before = InitMilestone.JOB_LOADED, fatal = false)
    public static void open() {
        JiraSendClient.get().start();
    }

    @Terminator(requires = FlowExecutionList.EXECUTIONS_SUSPENDED)
    public static void close() {
        JiraSendClient.get().stop();
    }
}
