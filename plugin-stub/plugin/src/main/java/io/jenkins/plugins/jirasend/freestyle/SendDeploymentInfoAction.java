package io.jenkins.plugins.jirasend.freestyle;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Item;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.FormFields;
import io.jenkins.plugins.jirasend.event.SendOptions;
import java.util.List;
import org.jenkinsci.Symbol;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** Post-build action: tells Jira about a deployment that this build has made. */
public final class SendDeploymentInfoAction extends SendAction {
    private final String environmentId;
    private final String environmentName;
    private String environmentType;
    private List<String> serviceIds;
    private boolean enableGating;

    @DataBoundConstructor
    public SendDeploymentInfoAction(@CheckForNull String environmentId, @CheckForNull String environmentName) {
        this.environmentId = SendOptions.fix(environmentId);
        this.environmentName = SendOptions.fix(environmentName);
    }

    @Override
    EventKind kind() {
        return EventKind.DEPLOYMENT;
    }

    @Override
    SendOptions options() {
        SendOptions options = super.options();
        options.environmentId(environmentId);
        options.environmentName(environmentName);
        options.environmentType(environmentType);
        options.serviceIds(serviceIds);
        options.enableGating(enableGating);
        return options;
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
        this.environmentType = SendOptions.fix(environmentType);
    }

    public List<String> getServiceIds() {
        return options().serviceIds();
    }

    @DataBoundSetter
    public void setServiceIds(@CheckForNull List<String> serviceIds) {
        this.serviceIds = list(serviceIds);
    }

    public Boolean getEnableGating() {
        return enableGating;
    }

    @DataBoundSetter
    public void setEnableGating(@CheckForNull Boolean enableGating) {
        this.enableGating = Boolean.TRUE.equals(enableGating);
    }

    /** The entry in the list of post-build actions. */
    @Extension
    @Symbol("jiraSendDeploymentInfoAction")
    public static final class DescriptorImpl extends SendActionDescriptor {
        public DescriptorImpl() {
            super(SendDeploymentInfoAction.class, EventKind.DEPLOYMENT);
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.SendDeploymentInfoAction_DisplayName();
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
