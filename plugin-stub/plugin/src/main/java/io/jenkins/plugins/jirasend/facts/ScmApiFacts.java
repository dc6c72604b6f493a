package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import hudson.model.Job;
import hudson.model.Run;
import jenkins.scm.api.SCMHead;
import jenkins.scm.api.SCMRevision;
import jenkins.scm.api.SCMRevisionAction;
import jenkins.scm.api.metadata.ObjectMetadataAction;
import jenkins.scm.api.mixin.ChangeRequestSCMHead2;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/** The branch, tag or pull request of a multibranch job. The only class that names the SCM API plugin. */
@Extension(optional = true)
@Restricted(NoExternalUse.class)
public final class ScmApiFacts implements FactSource {
    @Override
    public void addFacts(Run<?, ?> run, Gathered facts) {
        Job<?, ?> job = run.getParent();
        SCMHead head = SCMHead.HeadByItem.findHead(job);
        if (head == null) {
            return;
        }
        facts.addBranch(head.getName());
        String name = head.getName();
        ObjectMetadataAction about = job.getAction(ObjectMetadataAction.class);
        if (head instanceof ChangeRequestSCMHead2 request) {
            name = request.getOriginName();
            facts.addBranch(name);
            facts.addTitle(about == null ? null : about.getObjectDisplayName());
            facts.setHeadCommit(RequestRevision.head(revisionOf(run, head)));
            addRequest(request, about, facts);
        }
        facts.setRef(head.getName(), name, about == null ? null : about.getObjectUrl(), revision(run, head));
    }

    private static void addRequest(
            ChangeRequestSCMHead2 request, @CheckForNull ObjectMetadataAction about, Gathered facts) {
        String title = about == null ? null : about.getObjectDisplayName();
        String url = about == null ? null : about.getObjectUrl();
        String number = request.getId();
        if (title == null || url == null || number == null || !number.matches("[0-9]{1,15}")) {
            return; // Jira wants them all
        }
        SCMHead target = request.getTarget();
        facts.setPullRequest(new PullRequestNews(
                Long.parseLong(number), title, url, request.getOriginName(), target == null ? null : target.getName()));
    }

    /** In git, the ids of the commits that the job was told to build. */
    private static String revision(Run<?, ?> run, SCMHead head) {
        SCMRevision revision = revisionOf(run, head);
        return revision == null ? "" : revision.toString();
    }

    @CheckForNull
    private static SCMRevision revisionOf(Run<?, ?> run, SCMHead head) {
        for (SCMRevisionAction action : run.getActions(SCMRevisionAction.class)) {
            if (head.equals(action.getRevision().getHead())) {
                return action.getRevision();
            }
        }
        return null;
    }
}
