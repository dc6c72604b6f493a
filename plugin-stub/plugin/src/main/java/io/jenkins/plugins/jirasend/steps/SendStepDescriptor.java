package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Item;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.FormFields;
import java.util.List;
import java.util.Set;
import org.jenkinsci.plugins.workflow.steps.StepDescriptor;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** The fields that the forms of both sends have in common. */
public abstract class SendStepDescriptor extends StepDescriptor {
    private final EventKind kind;

    protected SendStepDescriptor(EventKind kind) {
        this.kind = kind;
    }

    @Override
    public Set<? extends Class<?>> getRequiredContext() {
        return Set.of(Run.class, TaskListener.class);
    }

    /** For a text field that holds a list. */
    public String join(@CheckForNull List<String> values) {
        return values == null ? "" : String.join(", ", values);
    }

    @RequirePOST
    public ListBoxModel doFillSiteItems(@AncestorInPath Item item, @QueryParameter String site) {
        return FormFields.sites(item, site, true);
    }

    @RequirePOST
    public ListBoxModel doFillStateItems(@AncestorInPath Item item, @QueryParameter String state) {
        return FormFields.states(item, kind, state);
    }

    @RequirePOST
    public FormValidation doCheckWait(@AncestorInPath Item item, @QueryParameter String value) {
        return FormFields.seconds(item, value);
    }
}
