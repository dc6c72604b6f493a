package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Item;
import hudson.util.FormValidation;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.FormFields;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** {@code jiraSendFeatureFlagInfo(...)}: tells Jira where a feature flag is on. */
public final class SendFeatureFlagInfoStep extends SendStep {
    @Serial
    private static final long serialVersionUID = 1L;

    private ArrayList<FlagEnvironment> environments = new ArrayList<>();

    @DataBoundConstructor
    public SendFeatureFlagInfoStep(@CheckForNull String flagId) {
        super(EventKind.FLAG);
        options().flagId(flagId);
    }

    @CheckForNull
    public String getFlagId() {
        return options().flagId();
    }

    @CheckForNull
    public String getName() {
        return options().flagName();
    }

    @DataBoundSetter
    public void setName(@CheckForNull String name) {
        options().flagName(name);
    }

    /** Null: whether any environment is. */
    @CheckForNull
    public Boolean getEnabled() {
        return options().flagEnabled();
    }

    @DataBoundSetter
    public void setEnabled(@CheckForNull Boolean enabled) {
        options().flagEnabled(enabled);
    }

    public List<FlagEnvironment> getEnvironments() {
        return environments;
    }

    @DataBoundSetter
    public void setEnvironments(@CheckForNull List<FlagEnvironment> environments) {
        this.environments = environments == null ? new ArrayList<>() : new ArrayList<>(environments);
        options().flagEnvironments(
                this.environments.stream().map(FlagEnvironment::document).toList());
    }

    /** The name in Jenkinsfiles and in the snippet generator. */
    @Extension
    public static final class DescriptorImpl extends SendStepDescriptor {
        public DescriptorImpl() {
            super(EventKind.FLAG);
        }

        @Override
        public String getFunctionName() {
            return "jiraSendFeatureFlagInfo";
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.SendFeatureFlagInfoStep_DisplayName();
        }

        @RequirePOST
        public FormValidation doCheckFlagId(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.required(item, value);
        }
    }
}
