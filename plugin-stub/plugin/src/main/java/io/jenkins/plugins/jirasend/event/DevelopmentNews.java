package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.facts.CommitNews;
import io.jenkins.plugins.jirasend.facts.GitNews;
import io.jenkins.plugins.jirasend.facts.IssueKeys;
import io.jenkins.plugins.jirasend.facts.PullRequestNews;
import io.jenkins.plugins.jirasend.nativecore.Json;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Development information of a Git build, for one site: its commits, its branch, its pull request. Only
 * what holds an issue key is told, as Jira shows it on issues.
 */
public final class DevelopmentNews {
    private final JiraSite site;
    private final GitNews git;
    private final String repository;
    private final Instant at;
    private final List<Submission> events = new ArrayList<>();
    private boolean linkless;

    private DevelopmentNews(JiraSite site, GitNews git, String repository, Instant at) {
        this.site = site;
        this.git = git;
        this.repository = repository;
        this.at = at;
    }

    /** Of a build that is over. @param headMessage the message of the commit that was built; null when it is not known */
    public static DevelopmentNews of(JiraSite site, GitNews git, @CheckForNull String headMessage, Instant at) {
        String repository = RepositoryLinks.web(git.repositoryUri());
        DevelopmentNews news = new DevelopmentNews(site, git, repository, at);
        if (repository != null) {
            git.commits().forEach(news::addCommit);
            news.addHead(headMessage);
            news.addBranch(headMessage);
            news.addPullRequest();
        }
        return news;
    }

    public List<Submission> events() {
        return events;
    }

    /** Something was not told, as nobody knows where its page is. */
    public boolean isLinkless() {
        return linkless;
    }

    private void add(String kind, Map<String, Object> members) {
        String requestId = UUID.randomUUID().toString();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("kind", kind);
        document.put("site", site.canonicalSite());
        document.put("requestId", requestId);
        document.put("updatedAt", time(at));
        document.put("repository", Map.of("url", repository));
        document.putAll(members);
        events.add(new Submission(kind, site.canonicalSite(), requestId, Json.write(document)));
    }

    private static String time(Instant moment) {
        return moment.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private boolean hasKey(String text) {
        return !IssueKeys.in(List.of(text), site.isAnyCase()).isEmpty();
    }

    private void addCommit(CommitNews commit) {
        Map<String, Object> members = hasKey(commit.message()) ? members(commit) : null;
        if (members != null) {
            add("commit", withKeys(members, "message", commit.message(), commit.hash()));
        }
    }

    /** The head of a pull request is no entry of the change log of its merge. */
    private void addHead(@CheckForNull String message) {
        if (git.head() != null && message != null && news(git.head()) == null) {
            addCommit(new CommitNews(git.head(), message, null, null, 0, 0, null));
        }
    }

    @CheckForNull
    private CommitNews news(String hash) {
        return git.commits().stream()
                .filter(commit -> commit.hash().equalsIgnoreCase(hash))
                .findFirst()
                .orElse(null);
    }

    /** Null when its page is not known. */
    @CheckForNull
    private Map<String, Object> members(CommitNews commit) {
        String url = commit.url() != null && commit.url().matches("https?://.*")
                ? commit.url()
                : RepositoryLinks.commit(repository, commit.hash(), site.getCommitUrl());
        if (url == null) {
            linkless = true;
            return null;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("hash", commit.hash());
        members.put("message", commit.message());
        members.put("url", url);
        if (commit.authorName() != null && !commit.authorName().isBlank()) {
            Map<String, Object> author = new LinkedHashMap<>();
            author.put("name", commit.authorName());
            if (site.isSendEmails() && commit.authorEmail() != null && commit.authorEmail().contains("@")) {
                author.put("email", commit.authorEmail());
            }
            members.put("author", author);
        }
        if (commit.authoredAt() > 0) {
            members.put("authoredAt", time(Instant.ofEpochMilli(commit.authoredAt())));
        }
        if (commit.fileCount() > 0) {
            members.put("fileCount", commit.fileCount());
        }
        return members;
    }

    private void addBranch(@CheckForNull String headMessage) {
        if (git.branch() == null || git.head() == null || !hasKey(git.branch())) {
            return;
        }
        CommitNews known = news(git.head());
        if (known == null && headMessage == null) {
            return; // Jira would show a commit that says nothing
        }
        Map<String, Object> last =
                members(known == null ? new CommitNews(git.head(), headMessage, null, null, 0, 0, null) : known);
        String url = RepositoryLinks.branch(repository, git.branch(), site.getBranchUrl());
        linkless |= url == null;
        if (last != null && url != null) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("name", git.branch());
            members.put("url", url);
            members.put("lastCommit", last);
            add("branch", members);
        }
    }

    private void addPullRequest() {
        PullRequestNews request = git.pullRequest();
        if (request == null || !hasKey(request.title()) && !hasKey(request.source())) {
            return;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("number", request.number());
        members.put("title", request.title());
        members.put("state", "open"); // it is being built; how it ended is for the server to say
        members.put("url", request.url());
        members.put("sourceBranch", request.source());
        if (request.target() != null) {
            members.put("destinationBranch", request.target());
        }
        add("pull_request", members);
    }

    private static Map<String, Object> withKeys(Map<String, Object> members, String from, String text, String commit) {
        members.put("keyText", List.of(Map.of("text", text, "from", from, "commit", commit)));
        return members;
    }
}
