package io.jenkins.plugins.jirasend.facts;

import hudson.Extension;
import hudson.model.Job;
import hudson.model.Run;
import jenkins.scm.api.SCMHead;
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
            facts.addText(about == null ? null : about.getObjectDisplayName());
        }
        facts.setRef(head.getName(), name, about == null ? null : about.getObjectUrl(), revision(run, head));
    }

    /** In git, the ids of the commits that the job was told to build. */
    private static String revision(Run<?, ?> run, SCMHead head) {
        for (SCMRevisionAction action : run.getActions(SCMRevisionAction.class)) {
            if (head.equals(action.getRevision().getHead())) {
                return action.getRevision().toString();
            }
        }
        return "";
    }
}
