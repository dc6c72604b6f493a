package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Item;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.event.FormFields;
import io.jenkins.plugins.jirasend.event.SendOptions;
import java.io.Serial;
import java.io.Serializable;
import java.util.Set;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.StepDescriptor;
import org.jenkinsci.plugins.workflow.steps.StepExecution;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** {@code checkGatingStatus(environmentId: 'prod')}: may the deployment go on? */
public final class CheckGatingStatusStep extends Step implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String environmentId;
    private String site;

    @DataBoundConstructor
    public CheckGatingStatusStep(@CheckForNull String environmentId) {
        this.environmentId = SendOptions.fix(environmentId);
    }

    @CheckForNull
    public String getEnvironmentId() {
        return environmentId;
    }

    @CheckForNull
    public String getSite() {
        return site;
    }

    @DataBoundSetter
    public void setSite(@CheckForNull String site) {
        this.site = SendOptions.fix(site);
    }

    @Override
    public StepExecution start(StepContext context) {
        return new CheckGatingStatusExecution(context, environmentId, site);
    }

    /** The name in Jenkinsfiles and in the snippet generator. */
    @Extension
    public static final class DescriptorImpl extends StepDescriptor {
        @Override
        public String getFunctionName() {
            return "checkGatingStatus";
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.CheckGatingStatusStep_DisplayName();
        }

        @Override
        public Set<? extends Class<?>> getRequiredContext() {
            return Set.of(Run.class, TaskListener.class);
        }

        @RequirePOST
        public ListBoxModel doFillSiteItems(@AncestorInPath Item item, @QueryParameter String site) {
            return FormFields.sites(item, site, true);
        }

        @RequirePOST
        public FormValidation doCheckEnvironmentId(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.required(item, value);
        }
    }
}
