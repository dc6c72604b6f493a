package io.jenkins.plugins.jirasend.freestyle;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.AbstractProject;
import hudson.model.Item;
import hudson.tasks.BuildStepDescriptor;
import hudson.tasks.Publisher;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.FormFields;
import java.util.List;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** The fields that the forms of both actions have in common. */
public abstract class SendActionDescriptor extends BuildStepDescriptor<Publisher> {
    private final EventKind kind;

    /** The class is given, because the descriptors of both actions share this one as their parent. */
    protected SendActionDescriptor(Class<? extends SendAction> type, EventKind kind) {
        super(type);
        this.kind = kind;
    }

    @Override
    @SuppressWarnings("rawtypes") // so is the signature in Jenkins
    public boolean isApplicable(Class<? extends AbstractProject> jobType) {
        return true;
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
