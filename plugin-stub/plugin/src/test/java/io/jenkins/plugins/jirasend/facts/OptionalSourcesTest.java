package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.withSettings;

import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.Job;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.plugins.git.Branch;
import hudson.plugins.git.GitChangeSet;
import hudson.plugins.git.Revision;
import hudson.plugins.git.util.Build;
import hudson.plugins.git.util.BuildData;
import hudson.scm.ChangeLogSet;
import hudson.tasks.test.AbstractTestResultAction;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jenkins.scm.api.SCMHead;
import jenkins.scm.api.SCMRevision;
import jenkins.scm.api.SCMRevisionAction;
import jenkins.scm.api.metadata.ObjectMetadataAction;
import jenkins.scm.api.mixin.ChangeRequestSCMHead2;
import org.jenkinsci.plugins.gitclient.ChangelogCommand;
import org.jenkinsci.plugins.gitclient.Git;
import org.jenkinsci.plugins.gitclient.GitClient;
import org.junit.jupiter.api.Test;
import org.mockito.MockedStatic;
import org.mockito.Mockito;

/** What is taken from plugins that may be absent. */
class OptionalSourcesTest {
    private final Gathered facts = new Gathered();

    @Test
    void gitKnowsCommitRepositoryAndBranch() {
        Run<?, ?> run = FactReaderTest.run(Map.of());
        run.addAction(checkout(1, "refs/remotes/origin/feature/APP-1", "https://u:p@git.example.com/app"));
        run.addAction(checkout(0, "old", "https://git.example.com/old"));
        new GitFacts().addFacts(run, facts);
        assertEquals(List.of("feature/APP-1"), List.copyOf(facts.branches()));
        assertEquals(
                List.of(new Reference(
                        "c0ffee", "https://git.example.com/app", "feature/APP-1", "https://git.example.com/app")),
                facts.references());
    }

    @Test
    void gitKnowsNoBranchOfADetachedHead() {
        Run<?, ?> run = FactReaderTest.run(Map.of());
        run.addAction(checkout(1, "detached", "https://git.example.com/app"));
        new GitFacts().addFacts(run, facts);
        assertEquals(List.of(), List.copyOf(facts.branches()));
        assertEquals("c0ffee", facts.references().get(0).commitId());
    }

    @Test
    void gitKnowsWholeMessages() {
        GitChangeSet commit = mock(GitChangeSet.class);
        doReturn("title\n\nAPP-1").when(commit).getComment();
        assertEquals("title\n\nAPP-1", new GitFacts().fullMessage(commit));
        assertNull(new GitFacts().fullMessage(mock(ChangeLogSet.Entry.class)));
    }

    @Test
    void scmApiKnowsThePullRequest() {
        Run<?, ?> run = FactReaderTest.run(Map.of());
        SCMHead head = mock(SCMHead.class, withSettings().extraInterfaces(ChangeRequestSCMHead2.class));
        doReturn("PR-7").when(head).getName();
        doReturn("feature/APP-2").when((ChangeRequestSCMHead2) head).getOriginName();
        ObjectMetadataAction about = mock(ObjectMetadataAction.class);
        doReturn("APP-3 mend it").when(about).getObjectDisplayName();
        doReturn("https://git.example.com/pr/7").when(about).getObjectUrl();
        Job<?, ?> job = run.getParent();
        doReturn(about).when(job).getAction(ObjectMetadataAction.class);
        facts.addReference(new Reference("c0ffee", "https://git.example.com/app", "x", "y"));
        try (MockedStatic<SCMHead.HeadByItem> heads = mockStatic(SCMHead.HeadByItem.class)) {
            heads.when(() -> SCMHead.HeadByItem.findHead(job)).thenReturn(head);
            new ScmApiFacts().addFacts(run, facts);
        }
        assertEquals(List.of("PR-7", "feature/APP-2"), List.copyOf(facts.branches()));
        assertEquals(List.of("APP-3 mend it"), List.copyOf(facts.texts()));
        assertEquals("feature/APP-2", facts.references().get(0).refName());
        assertEquals("https://git.example.com/pr/7", facts.references().get(0).refUri());
    }

    /** A library is checked out before the job's own repository, and its branch may have the same name. */
    @Test
    void theBranchOfTheJobBelongsToTheCommitOfTheJob() {
        Run<?, ?> run = FactReaderTest.run(Map.of());
        SCMHead head = mock(SCMHead.class);
        doReturn("main").when(head).getName();
        SCMRevision revision = mock(SCMRevision.class);
        doReturn(head).when(revision).getHead();
        doReturn("c0ffee").when(revision).toString();
        SCMRevisionAction action = mock(SCMRevisionAction.class);
        doReturn(revision).when(action).getRevision();
        run.addAction(action);
        Job<?, ?> job = run.getParent();
        ObjectMetadataAction about = mock(ObjectMetadataAction.class);
        doReturn("https://git.example.com/app/main").when(about).getObjectUrl();
        doReturn(about).when(job).getAction(ObjectMetadataAction.class);
        facts.addReference(new Reference("11b", "https://git.example.com/library", "main", "https://git.example.com/library"));
        facts.addReference(new Reference("c0ffee", "https://git.example.com/app", null, null));
        facts.addReference(new Reference("7001", "https://git.example.com/tools", "main", "https://git.example.com/tools"));
        try (MockedStatic<SCMHead.HeadByItem> heads = mockStatic(SCMHead.HeadByItem.class)) {
            heads.when(() -> SCMHead.HeadByItem.findHead(job)).thenReturn(head);
            new ScmApiFacts().addFacts(run, facts);
        }
        assertEquals(
                List.of(
                        "https://git.example.com/library",
                        "https://git.example.com/app/main",
                        "https://git.example.com/tools"),
                facts.references().stream().map(Reference::refUri).toList());
    }

    /** Jenkins merges a pull request itself, so that its commit is known nowhere else. */
    @Test
    void withoutItsCommitTheJobIsKnownByItsBranch() {
        facts.addReference(new Reference("11b", "https://x/library", "main", "https://x/library"));
        facts.addReference(new Reference("ab12", "https://x/app", "PR-7", "https://x/app"));
        facts.setRef("PR-7", "feature/APP-2", "https://x/app/pr/7", "c0ffee+badcab1e");
        assertEquals("main", facts.references().get(0).refName());
        assertEquals("feature/APP-2", facts.references().get(1).refName());
    }

    @Test
    void scmApiKnowsNothingOfOtherJobs() {
        Run<?, ?> run = FactReaderTest.run(Map.of());
        try (MockedStatic<SCMHead.HeadByItem> heads = mockStatic(SCMHead.HeadByItem.class)) {
            new ScmApiFacts().addFacts(run, facts);
        }
        assertEquals(List.of(), List.copyOf(facts.branches()));
    }

    @Test
    void junitCountsTests() {
        Run<?, ?> run = FactReaderTest.run(Map.of());
        AbstractTestResultAction<?> report = mock(AbstractTestResultAction.class);
        doReturn(10).when(report).getTotalCount();
        doReturn(1).when(report).getFailCount();
        doReturn(2).when(report).getSkipCount();
        run.addAction(report);
        new JunitFacts().addFacts(run, facts);
        assertEquals(new TestCounts(10, 1, 2), facts.tests());
        assertEquals(7, facts.tests().passed());
    }

    @Test
    void gitClientReadsTheMessageOfTheHead() throws Exception {
        ChangelogCommand command = mock(ChangelogCommand.class, Mockito.RETURNS_SELF);
        Writer[] out = new Writer[1];
        doAnswer(call -> {
                    out[0] = call.getArgument(0);
                    return command;
                })
                .when(command)
                .to(any());
        doAnswer(call -> {
                    out[0].write("commit c0ffee\nauthor A <a@example.com>\n\n    APP-1 mend\n    \n    APP-2\n\n:100644 APP-9\n");
                    return null;
                })
                .when(command)
                .execute();
        GitClient client = mock(GitClient.class);
        doReturn(command).when(client).changelog();
        Git git = mock(Git.class);
        doReturn(git).when(git).in(any());
        doReturn(git).when(git).using(anyString());
        doReturn(client).when(git).getClient();
        try (MockedStatic<Git> factory = mockStatic(Git.class)) {
            factory.when(() -> Git.with(any(), any())).thenReturn(git);
            assertEquals(
                    "APP-1 mend\n\nAPP-2",
                    new GitWorkspaceFacts().headMessage(folder(true), new EnvVars(), TaskListener.NULL));
            assertNull(new GitWorkspaceFacts().headMessage(folder(false), new EnvVars(), TaskListener.NULL));
        }
        Mockito.verify(command).max(1);
    }

    private static FilePath folder(boolean git) throws Exception {
        FilePath dotGit = mock(FilePath.class);
        doReturn(git).when(dotGit).exists();
        FilePath folder = mock(FilePath.class);
        doReturn(dotGit).when(folder).child(".git");
        return folder;
    }

    private static BuildData checkout(int number, String branch, String repository) {
        Branch named = mock(Branch.class);
        doReturn(branch).when(named).getName();
        Revision revision = mock(Revision.class);
        doReturn("c0ffee").when(revision).getSha1String();
        doReturn(List.of(named)).when(revision).getBranches();
        Build build = mock(Build.class);
        doReturn(revision).when(build).getRevision();
        doReturn(number).when(build).getBuildNumber();
        BuildData data = mock(BuildData.class);
        data.lastBuild = build;
        doReturn(Set.of(repository)).when(data).getRemoteUrls();
        return data;
    }
}
