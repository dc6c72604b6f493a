package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Item;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.FormFields;
import java.io.Serial;
import java.util.List;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** {@code jiraSendDeploymentInfo(...)}: tells Jira about a deployment that this build makes. */
public final class SendDeploymentInfoStep extends SendRunStep {
    @Serial
    private static final long serialVersionUID = 1L;

    @DataBoundConstructor
    public SendDeploymentInfoStep(@CheckForNull String environmentId, @CheckForNull String environmentName) {
        super(EventKind.DEPLOYMENT);
        options().environmentId(environmentId);
        options().environmentName(environmentName);
    }

    @CheckForNull
    public String getEnvironmentId() {
        return options().environmentId();
    }

    @CheckForNull
    public String getEnvironmentName() {
        return options().environmentName();
    }

    @CheckForNull
    public String getEnvironmentType() {
        return options().environmentType();
    }

    @DataBoundSetter
    public void setEnvironmentType(@CheckForNull String environmentType) {
        options().environmentType(environmentType);
    }

    public List<String> getServiceIds() {
        return options().serviceIds();
    }

    @DataBoundSetter
    public void setServiceIds(@CheckForNull List<String> serviceIds) {
        options().serviceIds(serviceIds);
    }

    public Boolean getEnableGating() {
        return options().enableGating();
    }

    @DataBoundSetter
    public void setEnableGating(@CheckForNull Boolean enableGating) {
        options().enableGating(enableGating);
    }

    /** The name in Jenkinsfiles and in the snippet generator. */
    @Extension
    public static final class DescriptorImpl extends SendStepDescriptor {
        public DescriptorImpl() {
            super(EventKind.DEPLOYMENT);
        }

        @Override
        public String getFunctionName() {
            return "jiraSendDeploymentInfo";
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.SendDeploymentInfoStep_DisplayName();
        }

        @RequirePOST
        public ListBoxModel doFillEnvironmentTypeItems(
                @AncestorInPath Item item, @QueryParameter String environmentType) {
            return FormFields.environmentTypes(item, environmentType);
        }

        @RequirePOST
        public FormValidation doCheckEnvironmentId(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.required(item, value);
        }

        @RequirePOST
        public FormValidation doCheckEnvironmentName(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.required(item, value);
        }
    }
}
