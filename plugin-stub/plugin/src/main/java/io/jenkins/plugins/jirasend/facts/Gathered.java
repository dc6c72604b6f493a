package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What the sources of facts have found out about a run so far. */
public final class Gathered {
    /** More text than this is not a build's news but its archive. */
    static final int MAX_CHARACTERS = 400_000;

    private static final int MAX_TEXT = 20_000;

    private final Set<String> branches = new LinkedHashSet<>();
    private final Set<String> texts = new LinkedHashSet<>();
    private final Set<String> commits = new LinkedHashSet<>();
    private final List<Reference> references = new ArrayList<>();
    private TestCounts tests;
    private String requestName;
    private String head;
    private String refName;
    private String refUri;
    private String revision;
    private String headCommit;
    private String mainBranch;
    private PullRequestNews pullRequest;
    private final List<CommitNews> news = new ArrayList<>();
    private final Map<String, TextOrigin> origins = new LinkedHashMap<>();
    private int characters;

    /** The name of a branch. A branch that is named in the step replaces these. */
    public void addBranch(@CheckForNull String branch) {
        add(branches, branch, new TextOrigin("branch", null));
        mainBranch = mainBranch == null && branch != null && !branch.isBlank() ? branch : mainBranch;
    }

    /**
     * The number of the pull request that is built. Jenkins calls its job {@code PR-12}, which looks
     * like an issue key and is none.
     */
    void setChangeId(@CheckForNull String id) {
        requestName = id == null ? null : "(?:PR|MR)-" + Pattern.quote(id) + "(?:-(?:head|merge))?";
    }

    /** The name of a tag. */
    public void addTag(@CheckForNull String tag) {
        add(texts, tag, new TextOrigin("tag", null));
    }

    /** The title of a pull request, or what says as much of it. */
    public void addTitle(@CheckForNull String title) {
        add(texts, title, new TextOrigin("title", null));
    }

    /** The message of a commit. */
    public void addCommit(@CheckForNull String message) {
        addCommit(message, null);
    }

    /** The message of this commit. */
    public void addCommit(@CheckForNull String message, @CheckForNull String hash) {
        add(commits, message, new TextOrigin("message", isHash(hash) ? hash : null));
    }

    /** A commit that this build is the first to hold. */
    void addNews(CommitNews commit) {
        if (isHash(commit.hash())) {
            news.add(commit);
        }
    }

    /** The commit that Jira is to see instead of the one that was checked out: of a pull request its own. */
    public void setHeadCommit(@CheckForNull String hash) {
        headCommit = isHash(hash) ? hash : headCommit;
    }

    /** The pull request that the job is for; its source is the branch, whatever the job calls it. */
    public void setPullRequest(PullRequestNews request) {
        pullRequest = request;
        mainBranch = request.source();
    }

    @CheckForNull
    String headCommit() {
        return headCommit;
    }

    boolean hasNewsOf(String hash) {
        return news.stream().anyMatch(commit -> commit.hash().equalsIgnoreCase(hash));
    }

    private static boolean isHash(@CheckForNull String text) {
        return text != null && text.matches("(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})");
    }

    Map<String, TextOrigin> origins() {
        return origins;
    }

    /** Of one repository: to which of several a change log belongs, nobody says. */
    GitNews git() {
        List<Reference> known = references();
        if (known.isEmpty()) {
            return GitNews.NONE;
        }
        Reference own = known.get(placeOfJob());
        boolean several = known.stream().map(Reference::repositoryUri).distinct().count() > 1;
        String head = headCommit == null ? own.commitId() : headCommit;
        List<CommitNews> ownNews = several ? List.of() : news;
        return new GitNews(own.repositoryUri(), ownNews, mainBranch, head, pullRequest);
    }

    public void addReference(Reference reference) {
        if (!references.contains(reference)) {
            references.add(reference);
        }
    }

    /**
     * Name and address of the branch, tag or pull request that the job is for.
     *
     * @param ofHead how the job calls it, and often the checkout as well
     * @param name for people
     * @param ofJob what the job was told to build, with the id of the commit in it; may be empty
     */
    public void setRef(
            @CheckForNull String ofHead, @CheckForNull String name, @CheckForNull String uri, String ofJob) {
        head = ofHead;
        revision = ofJob;
        refName = name;
        refUri = uri;
    }

    public void addTests(TestCounts counts) {
        tests = tests == null ? counts : tests.plus(counts);
    }

    public boolean hasCommits() {
        return !commits.isEmpty();
    }

    Collection<String> branches() {
        return requestName == null
                ? branches
                : branches.stream().filter(name -> !name.matches(requestName)).toList();
    }

    Collection<String> texts() {
        return texts;
    }

    Collection<String> commits() {
        return commits;
    }

    @CheckForNull
    TestCounts tests() {
        return tests;
    }

    /** The ref of the job's head is the better one: it has an address of its own. */
    List<Reference> references() {
        if (references.isEmpty() || refName == null && headCommit == null) {
            return references;
        }
        List<Reference> result = new ArrayList<>(references);
        int place = placeOfJob();
        Reference own = result.get(place);
        String commit = headCommit == null ? own.commitId() : headCommit;
        String name = refName == null ? own.refName() : refName;
        String uri = refName == null ? own.refUri() : refUri == null ? own.repositoryUri() : refUri;
        result.set(place, new Reference(commit, own.repositoryUri(), name, uri));
        return result;
    }

    /** Libraries and other repositories are checked out too, libraries before the job's own. */
    private int placeOfJob() {
        int place = -1;
        for (int i = 0; i < references.size(); i++) {
            Reference reference = references.get(i);
            if (reference.commitId() != null && revision != null && revision.contains(reference.commitId())) {
                return i;
            }
            String name = reference.refName();
            if (place < 0 && name != null && (name.equals(head) || name.equals(refName))) {
                place = i;
            }
        }
        return Math.max(place, 0);
    }

    private void add(Set<String> set, String text, TextOrigin origin) {
        if (text == null || text.isBlank() || characters >= MAX_CHARACTERS) {
            return;
        }
        String kept = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
        if (set.add(kept)) {
            origins.putIfAbsent(kept, origin);
            characters += kept.length();
        }
    }
}
