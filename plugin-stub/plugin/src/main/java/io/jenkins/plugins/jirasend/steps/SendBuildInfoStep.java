package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import io.jenkins.plugins.jirasend.event.EventKind;
import java.io.Serial;
import org.kohsuke.stapler.DataBoundConstructor;

/** {@code jiraSendBuildInfo()}: tells Jira about this build. */
public final class SendBuildInfoStep extends SendRunStep {
    @Serial
    private static final long serialVersionUID = 1L;

    @DataBoundConstructor
    public SendBuildInfoStep() {
        super(EventKind.BUILD);
    }

    /** The name in Jenkinsfiles and in the snippet generator. */
    @Extension
    public static final class DescriptorImpl extends SendStepDescriptor {
        public DescriptorImpl() {
            super(EventKind.BUILD);
        }

        @Override
        public String getFunctionName() {
            return "jiraSendBuildInfo";
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.SendBuildInfoStep_DisplayName();
        }
    }
}
