package io.jenkins.plugins.jirasend.backfill;

import hudson.init.InitMilestone;
import hudson.init.Initializer;
import hudson.init.Terminator;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/** Goes on with the history of builds where the last Jenkins left it, and leaves it to the next. */
@Restricted(NoExternalUse.class)
public final class PastBuildsLife {
    private PastBuildsLife() {}

    @Initializer(after = InitMilestone.JOB_CONFIG_ADAPTED, fatal = false)
    public static void resume() {
        PastBuilds.get().resume();
    }

    @Terminator
    public static void end() {
        PastBuilds.get().end();
    }
}
