package io.jenkins.plugins.jirasend.freestyle;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Launcher;
import hudson.model.AbstractBuild;
import hudson.model.BuildListener;
import hudson.model.TopLevelItem;
import hudson.tasks.BuildStepMonitor;
import hudson.tasks.Notifier;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.RunSending;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.Services;
import java.io.IOException;
import java.util.List;
import org.kohsuke.stapler.DataBoundSetter;

/**
 * What both post-build actions have in common. A notifier, so that the result is final, and nothing
 * of an earlier build is waited for.
 */
public abstract class SendAction extends Notifier {
    private final SendOptions options;

    protected SendAction(EventKind kind) {
        options = new SendOptions(kind);
    }

    protected final SendOptions options() {
        return options;
    }

    @CheckForNull
    public String getSite() {
        return options.site();
    }

    @DataBoundSetter
    public void setSite(@CheckForNull String site) {
        options.site(site);
    }

    @CheckForNull
    public String getBranch() {
        return options.branch();
    }

    @DataBoundSetter
    public void setBranch(@CheckForNull String branch) {
        options.branch(branch);
    }

    @CheckForNull
    public String getState() {
        return options.state();
    }

    @DataBoundSetter
    public void setState(@CheckForNull String state) {
        options.state(state);
    }

    public List<String> getIssueKeys() {
        return options.issueKeys();
    }

    @DataBoundSetter
    public void setIssueKeys(@CheckForNull List<String> issueKeys) {
        options.issueKeys(issueKeys);
    }

    @CheckForNull
    public String getDescription() {
        return options.description();
    }

    @DataBoundSetter
    public void setDescription(@CheckForNull String description) {
        options.description(description);
    }

    @CheckForNull
    public String getLabel() {
        return options.label();
    }

    @DataBoundSetter
    public void setLabel(@CheckForNull String label) {
        options.label(label);
    }

    public Boolean getFailOnError() {
        return options.failOnError();
    }

    @DataBoundSetter
    public void setFailOnError(@CheckForNull Boolean failOnError) {
        options.failOnError(failOnError);
    }

    @CheckForNull
    public Integer getWait() {
        return options.waitSeconds();
    }

    @DataBoundSetter
    public void setWait(@CheckForNull Integer wait) {
        options.waitSeconds(wait);
    }

    @Override
    public SendActionDescriptor getDescriptor() {
        return (SendActionDescriptor) super.getDescriptor();
    }

    @Override
    public BuildStepMonitor getRequiredMonitorService() {
        return BuildStepMonitor.NONE;
    }

    /** The cells of a matrix and the modules of a Maven job are parts of a build, and not told of. */
    @Override
    public boolean perform(AbstractBuild<?, ?> build, Launcher launcher, BuildListener listener)
            throws InterruptedException, IOException {
        return !(build.getParent() instanceof TopLevelItem) || send(build, listener);
    }

    /** For a matrix, at its end. */
    final boolean send(AbstractBuild<?, ?> build, BuildListener listener) throws InterruptedException {
        return new RunSending(Services.get()).send(build, build.getWorkspace(), options, listener);
    }
}
