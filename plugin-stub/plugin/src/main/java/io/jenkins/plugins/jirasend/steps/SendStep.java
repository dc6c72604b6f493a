package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.SendOptions;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.StepExecution;
import org.kohsuke.stapler.DataBoundSetter;

/** What all sends have in common. Constructors and setters never throw: the build goes on. */
public abstract class SendStep extends Step implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private final SendOptions options;

    protected SendStep(EventKind kind) {
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

    public List<String> getIssueKeys() {
        return options.issueKeys();
    }

    @DataBoundSetter
    public void setIssueKeys(@CheckForNull List<String> issueKeys) {
        options.issueKeys(issueKeys);
    }

    @CheckForNull
    public String getUrl() {
        return options.url();
    }

    @DataBoundSetter
    public void setUrl(@CheckForNull String url) {
        options.url(url);
    }

    @CheckForNull
    public Map<String, String> getProperties() {
        return options.properties().isEmpty() ? null : options.properties();
    }

    /** Raw, because that is the kind of map that a Jenkinsfile may hand over. */
    @DataBoundSetter
    @SuppressWarnings("rawtypes")
    public void setProperties(@CheckForNull Map properties) {
        options.properties(properties);
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
    public StepExecution start(StepContext context) {
        return new SendExecution(context, options);
    }
}
