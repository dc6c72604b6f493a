package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;

/**
 * A commit that a build is the first to hold.
 *
 * @param authoredAt milliseconds since 1970; 0: not known
 * @param url its page in the repository browser of the job, or null
 */
public record CommitNews(
        String hash,
        String message,
        @CheckForNull String authorName,
        @CheckForNull String authorEmail,
        long authoredAt,
        int fileCount,
        @CheckForNull String url) {}
