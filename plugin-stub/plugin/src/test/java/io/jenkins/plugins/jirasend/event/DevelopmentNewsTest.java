package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.facts.CommitNews;
import io.jenkins.plugins.jirasend.facts.GitNews;
import io.jenkins.plugins.jirasend.facts.PullRequestNews;
import java.time.Instant;
import java.util.List;
import net.sf.json.JSONObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevelopmentNewsTest {
    private static final String HASH = "0123456789abcdef0123456789abcdef01234567";
    private static final String OTHER = "89abcdef0123456789abcdef0123456789abcdef";
    private static final Instant AT = Instant.parse("2026-11-30T10:00:00Z");

    private final JiraSite site = new JiraSite("acme.atlassian.net", "client", "secret-id");

    private static CommitNews commit(String hash, String message) {
        return new CommitNews(hash, message, "A. Author", "a@example.com", 1_700_000_000_000L, 3, null);
    }

    private List<JSONObject> told(GitNews git, String headMessage) {
        return DevelopmentNews.of(site, git, headMessage, AT).events().stream()
                .map(event -> JSONObject.fromObject(event.document()))
                .toList();
    }

    @Test
    void commitsBranchAndPullRequestOfABuild() {
        GitNews git = new GitNews(
                "git@github.example.com:team/app.git",
                List.of(commit(HASH, "APP-1 mend"), commit(OTHER, "no key")),
                "feature/APP-2 x",
                HASH,
                new PullRequestNews(12, "APP-3 login", "https://github.example.com/team/app/pull/12", "feature/APP-2 x", "main"));
        List<JSONObject> events = told(git, null);
        assertEquals(List.of("commit", "branch", "pull_request"), events.stream().map(it -> it.getString("kind")).toList());
        JSONObject commit = events.get(0);
        assertEquals("https://github.example.com/team/app", commit.getJSONObject("repository").getString("url"));
        assertEquals("https://github.example.com/team/app/commit/" + HASH, commit.getString("url"));
        assertEquals("a@example.com", commit.getJSONObject("author").getString("email"));
        assertEquals("2023-11-14T22:13:20Z", commit.getString("authoredAt"));
        JSONObject branch = events.get(1);
        assertEquals("https://github.example.com/team/app/tree/feature/APP-2%20x", branch.getString("url"));
        assertEquals("APP-1 mend", branch.getJSONObject("lastCommit").getString("message"));
        assertFalse(branch.getJSONObject("lastCommit").has("repository"));
        JSONObject request = events.get(2);
        assertEquals("open", request.getString("state"));
        assertEquals("main", request.getString("destinationBranch"));
        site.setSendEmails(false);
        assertFalse(told(git, null).get(0).getJSONObject("author").has("email"));
    }

    @Test
    void theHeadOfAPullRequestIsToldWithTheMessageFromTheWorkspace() {
        GitNews git = new GitNews("https://gitlab.example.com/team/app", List.of(), "feature/APP-2", HASH, null);
        assertEquals(List.of(), told(git, null), "a last commit that says nothing is told to nobody");
        List<JSONObject> events = told(git, "APP-5 head");
        assertEquals(List.of("commit", "branch"), events.stream().map(it -> it.getString("kind")).toList());
        assertEquals("https://gitlab.example.com/team/app/-/commit/" + HASH, events.get(0).getString("url"));
    }

    @Test
    void withoutALinkNothingIsToldAndThatIsSaid() {
        GitNews git = new GitNews("https://git.example.com/app", List.of(commit(HASH, "APP-1")), "APP-2", HASH, null);
        DevelopmentNews news = DevelopmentNews.of(site, git, null, AT);
        assertTrue(news.events().isEmpty() && news.isLinkless());
        site.setCommitUrl("https://git.example.com/app/c/{hash}");
        site.setBranchUrl("https://git.example.com/app/b/{branch}");
        assertEquals(2, told(git, null).size());
        assertFalse(DevelopmentNews.of(site, git, null, AT).isLinkless());
        CommitNews linked = new CommitNews(HASH, "APP-1", null, null, 0, 0, "https://browse.example.com/" + HASH);
        site.setCommitUrl("");
        GitNews browsed = new GitNews("https://git.example.com/app", List.of(linked), null, HASH, null);
        assertEquals("https://browse.example.com/" + HASH, told(browsed, null).get(0).getString("url"));
    }

    @Test
    void whatIsNoGitBuildTellsNothing() {
        DevelopmentNews news = DevelopmentNews.of(site, GitNews.NONE, "APP-1", AT);
        assertTrue(news.events().isEmpty());
        assertFalse(news.isLinkless());
        assertTrue(told(new GitNews("/srv/git/app", List.of(commit(HASH, "APP-1")), "APP-2", HASH, null), null).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "git@github.com:team/app.git, https://github.com/team/app",
        "https://user:token@github.com/team/app.git, https://github.com/team/app",
        "ssh://git@git.example.com:7999/team/app.git/, https://git.example.com/team/app",
        "http://git.example.com:3000/app, http://git.example.com:3000/app",
        "git@ssh.dev.azure.com:v3/org/project/repo, https://dev.azure.com/org/project/_git/repo",
    })
    void theAddressForPeople(String uri, String web) {
        assertEquals(web, RepositoryLinks.web(uri));
    }

    @Test
    void whatHasNoAddressForPeople() {
        for (String uri : new String[] {null, "", "/srv/git/app", "C:\\git\\app", "file:///srv/git/app", "https://"}) {
            assertNull(RepositoryLinks.web(uri), uri);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://bitbucket.org/t/app, /commits/h, /branch/a%23b",
        "https://codeberg.org/t/app, /commit/h, /src/branch/a%23b",
        "https://dev.azure.com/o/p/_git/r, /commit/h, ?version=GBa%23b",
    })
    void theFormsOfKnownHosts(String web, String commit, String branch) {
        assertEquals(web + commit, RepositoryLinks.commit(web, "h", ""));
        assertEquals(web + branch, RepositoryLinks.branch(web, "a#b", ""));
    }

    @Test
    void bitbucketServerHasItsPagesElsewhere() {
        assertEquals(
                "https://bitbucket.example.com/projects/KEY/repos/app/commits/h",
                RepositoryLinks.commit("https://bitbucket.example.com/scm/KEY/app", "h", ""));
        assertEquals(
                "https://bitbucket.example.com/users/me/repos/app/browse?at=refs/heads/b",
                RepositoryLinks.branch("https://bitbucket.example.com/~me/app", "b", ""));
    }
}
