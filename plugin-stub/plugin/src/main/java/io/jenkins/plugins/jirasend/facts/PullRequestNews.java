package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;

/** The pull request that a job is for. */
public record PullRequestNews(long number, String title, String url, String source, @CheckForNull String target) {}
