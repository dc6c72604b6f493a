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
    // What a job's configuration holds, one element for each parameter. It may have been written by hand
    // or by a generator, so any of them may be absent.
    private String site;
    private String branch;
    private String state;
    private List<String> issueKeys;
    private String description;
    private String label;
    private String url;
    private boolean failOnError;
    private Integer wait;

    abstract EventKind kind();

    /** An empty list is as absent as a blank text: a form that is saved unchanged changes nothing. */
    @CheckForNull
    static List<String> list(@CheckForNull List<String> values) {
        List<String> list = SendOptions.split(values);
        return list.isEmpty() ? null : list;
    }

    /** What is to be sent, with blank texts as absent and lists taken apart. */
    SendOptions options() {
        SendOptions options = new SendOptions(kind());
        options.site(site);
        options.branch(branch);
        options.state(state);
        options.issueKeys(issueKeys);
        options.description(description);
        options.label(label);
        options.url(url);
        options.failOnError(failOnError);
        options.waitSeconds(wait);
        return options;
    }

    @CheckForNull
    public String getSite() {
        return options().site();
    }

    @DataBoundSetter
    public void setSite(@CheckForNull String site) {
        this.site = SendOptions.fix(site);
    }

    @CheckForNull
    public String getBranch() {
        return options().branch();
    }

    @DataBoundSetter
    public void setBranch(@CheckForNull String branch) {
        this.branch = SendOptions.fix(branch);
    }

    @CheckForNull
    public String getState() {
        return options().state();
    }

    @DataBoundSetter
    public void setState(@CheckForNull String state) {
        this.state = SendOptions.fix(state);
    }

    public List<String> getIssueKeys() {
        return options().issueKeys();
    }

    @DataBoundSetter
    public void setIssueKeys(@CheckForNull List<String> issueKeys) {
        this.issueKeys = list(issueKeys);
    }

    @CheckForNull
    public String getDescription() {
        return options().description();
    }

    @DataBoundSetter
    public void setDescription(@CheckForNull String description) {
        this.description = SendOptions.fix(description);
    }

    @CheckForNull
    public String getLabel() {
        return options().label();
    }

    @DataBoundSetter
    public void setLabel(@CheckForNull String label) {
        this.label = SendOptions.fix(label);
    }

    @CheckForNull
    public String getUrl() {
        return options().url();
    }

    @DataBoundSetter
    public void setUrl(@CheckForNull String url) {
        this.url = SendOptions.fix(url);
    }

    public Boolean getFailOnError() {
        return failOnError;
    }

    @DataBoundSetter
    public void setFailOnError(@CheckForNull Boolean failOnError) {
        this.failOnError = Boolean.TRUE.equals(failOnError);
    }

    @CheckForNull
    public Integer getWait() {
        return wait;
    }

    @DataBoundSetter
    public void setWait(@CheckForNull Integer wait) {
        this.wait = wait;
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
        return new RunSending(Services.get()).send(build, build.getWorkspace(), options(), listener);
    }
}
