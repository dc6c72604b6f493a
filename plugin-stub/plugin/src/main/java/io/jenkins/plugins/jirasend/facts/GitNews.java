package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.List;

/**
 * What the Git build of a job tells of its repository.
 *
 * @param repositoryUri as git knows it; null: it is no Git build, or not clear which repository is its own
 * @param commits new in this build
 * @param branch where the head is; of a pull request the one it comes from
 * @param head the commit that is built; of a pull request its own, not the merge that is thrown away
 */
public record GitNews(
        @CheckForNull String repositoryUri,
        List<CommitNews> commits,
        @CheckForNull String branch,
        @CheckForNull String head,
        @CheckForNull PullRequestNews pullRequest) {
    public static final GitNews NONE = new GitNews(null, List.of(), null, null, null);

    public GitNews {
        commits = List.copyOf(commits);
    }
}
