package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import hudson.model.Run;
import hudson.plugins.git.Branch;
import hudson.plugins.git.GitChangeSet;
import hudson.plugins.git.Revision;
import hudson.plugins.git.util.Build;
import hudson.plugins.git.util.BuildData;
import hudson.scm.ChangeLogSet;
import hudson.scm.RepositoryBrowser;
import java.io.IOException;
import java.net.URL;
import java.util.Collection;
import java.util.TreeSet;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/** Commit, repository and branch of a git checkout. The only class that names the Git plugin. */
@Extension(optional = true)
@Restricted(NoExternalUse.class)
public final class GitFacts implements FactSource {
    @Override
    public void addFacts(Run<?, ?> run, Gathered facts) {
        for (BuildData data : run.getActions(BuildData.class)) {
            Build build = data.lastBuild;
            if (build == null || build.getBuildNumber() != run.getNumber() || build.getRevision() == null) {
                continue; // carried over from an earlier run
            }
            addCheckout(build.getRevision(), data, facts);
        }
    }

    private static void addCheckout(Revision revision, BuildData data, Gathered facts) {
        String branch = null;
        for (Branch candidate : revision.getBranches()) {
            if (!"detached".equals(candidate.getName())) {
                branch = withoutRemote(candidate.getName());
                facts.addBranch(branch);
            }
        }
        // In a fixed order, so that an event that is gathered again says the same.
        for (String repository : new TreeSet<>(data.getRemoteUrls())) {
            facts.addReference(new Reference(revision.getSha1String(), repository, branch, repository));
        }
    }

    /** {@code refs/remotes/origin/main} and {@code origin/main} are the branch {@code main}. */
    static String withoutRemote(String name) {
        String result = name;
        for (String prefix : new String[] {"refs/remotes/", "refs/heads/", "origin/"}) {
            if (result.startsWith(prefix)) {
                result = result.substring(prefix.length());
            }
        }
        return result;
    }

    @Override
    @CheckForNull
    public CommitNews commit(ChangeLogSet<? extends ChangeLogSet.Entry> changes, ChangeLogSet.Entry entry) {
        if (!(entry instanceof GitChangeSet commit) || commit.getCommitId() == null || commit.getComment() == null) {
            return null;
        }
        Collection<String> paths = commit.getAffectedPaths();
        return new CommitNews(
                commit.getCommitId(),
                commit.getComment(),
                commit.getAuthorName(),
                commit.getAuthorEmail(),
                Math.max(0, commit.getTimestamp()),
                paths == null ? 0 : paths.size(),
                link(changes, commit));
    }

    /** In the repository browser of the job; null without one. */
    @CheckForNull
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static String link(ChangeLogSet<?> changes, GitChangeSet commit) {
        try {
            RepositoryBrowser browser = changes.getBrowser();
            URL link = browser == null ? null : browser.getChangeSetLink(commit);
            return link == null ? null : link.toString();
        } catch (IOException | RuntimeException e) {
            return null; // a browser that is set up wrongly costs its link
        }
    }

    /** The message of an entry is its first line only. */
    @Override
    @CheckForNull
    public String fullMessage(ChangeLogSet.Entry entry) {
        return entry instanceof GitChangeSet commit ? commit.getComment() : null;
    }
}
