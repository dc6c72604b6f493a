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

/** {@code jiraWaitForGate(environmentId: 'prod', timeout: 14400)}: waits until Jira has decided. */
public final class WaitForGateStep extends Step implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String environmentId;
    private String site;
    private Integer timeout;
    private Integer interval;
    private String onPrevented;
    private String onTimeout;
    private boolean cancelOnAbort = true;

    @DataBoundConstructor
    public WaitForGateStep(@CheckForNull String environmentId) {
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

    /** Seconds; 0 and null: none. */
    @CheckForNull
    public Integer getTimeout() {
        return timeout;
    }

    @DataBoundSetter
    public void setTimeout(@CheckForNull Integer timeout) {
        this.timeout = timeout;
    }

    /** Seconds; 0 and null: often at first, later less often. */
    @CheckForNull
    public Integer getInterval() {
        return interval;
    }

    @DataBoundSetter
    public void setInterval(@CheckForNull Integer interval) {
        this.interval = interval;
    }

    @CheckForNull
    public String getOnPrevented() {
        return onPrevented;
    }

    @DataBoundSetter
    public void setOnPrevented(@CheckForNull String onPrevented) {
        this.onPrevented = SendOptions.fix(onPrevented);
    }

    @CheckForNull
    public String getOnTimeout() {
        return onTimeout;
    }

    @DataBoundSetter
    public void setOnTimeout(@CheckForNull String onTimeout) {
        this.onTimeout = SendOptions.fix(onTimeout);
    }

    public Boolean getCancelOnAbort() {
        return cancelOnAbort;
    }

    @DataBoundSetter
    public void setCancelOnAbort(@CheckForNull Boolean cancelOnAbort) {
        this.cancelOnAbort = !Boolean.FALSE.equals(cancelOnAbort);
    }

    @Override
    public StepExecution start(StepContext context) {
        return new WaitForGateExecution(context, this);
    }

    /** The name in Jenkinsfiles and in the snippet generator. */
    @Extension
    public static final class DescriptorImpl extends StepDescriptor {
        @Override
        public String getFunctionName() {
            return "jiraWaitForGate";
        }

        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.WaitForGateStep_DisplayName();
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
        public ListBoxModel doFillOnPreventedItems(@AncestorInPath Item item, @QueryParameter String onPrevented) {
            return FormFields.choices(item, GateEnd.WORDS, onPrevented);
        }

        @RequirePOST
        public ListBoxModel doFillOnTimeoutItems(@AncestorInPath Item item, @QueryParameter String onTimeout) {
            return FormFields.choices(item, GateEnd.WORDS, onTimeout);
        }

        @RequirePOST
        public FormValidation doCheckEnvironmentId(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.required(item, value);
        }

        @RequirePOST
        public FormValidation doCheckTimeout(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.seconds(item, value);
        }

        @RequirePOST
        public FormValidation doCheckInterval(@AncestorInPath Item item, @QueryParameter String value) {
            return FormFields.seconds(item, value);
        }
    }
}
