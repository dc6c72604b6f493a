package io.jenkins.plugins.jirasend.freestyle;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import io.jenkins.plugins.jirasend.event.EventKind;
import org.jenkinsci.Symbol;
import org.kohsuke.stapler.DataBoundConstructor;

/** Post-build action: tells Jira about this build. */
public final class SendBuildInfoAction extends SendAction {
    @DataBoundConstructor
    public SendBuildInfoAction() {
        // nothing has to be given
    }

    @Override
    EventKind kind() {
        return EventKind.BUILD;
    }

    /** The entry in the list of post-build actions. */
    @Extension
    @Symbol("jiraSendBuildInfoAction")
    public static final class DescriptorImpl extends SendActionDescriptor {
        public DescriptorImpl() {
            super(SendBuildInfoAction.class, EventKind.BUILD);
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.SendBuildInfoAction_DisplayName();
        }
    }
}
