package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import hudson.EnvVars;
import hudson.FilePath;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.scm.ChangeLogSet;
import io.jenkins.plugins.jirasend.event.Runs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jenkins.scm.RunWithSCM;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class FactReaderTest {
    private final List<FactSource> sources = new ArrayList<>();
    private final FactReader reader = new FactReader(() -> sources);

    @Test
    void readsTheVariablesOfTheCheckout() throws Exception {
        Run<?, ?> run = run(Map.of(
                "BRANCH_NAME", "PR-5",
                "CHANGE_BRANCH", "feature/APP-1",
                "GIT_BRANCH", "origin/APP-2",
                "TAG_NAME", "v1-APP-3",
                "CHANGE_TITLE", "APP-4 mend"));
        assertEquals(
                List.of("PR-5", "feature/APP-1", "APP-2", "v1-APP-3", "APP-4 mend"),
                reader.read(run, RunContext.none(), null).keyText());
    }

    @Test
    void theNumberOfAPullRequestIsNoIssueKey() throws Exception {
        for (String name : List.of("PR-12", "PR-12-merge", "MR-12")) {
            Run<?, ?> run = run(Map.of("BRANCH_NAME", name, "CHANGE_ID", "12", "CHANGE_BRANCH", "APP-1"));
            assertEquals(List.of("APP-1"), reader.read(run, RunContext.none(), null).keyText());
        }
        Run<?, ?> other = run(Map.of("BRANCH_NAME", "PR-13", "CHANGE_ID", "12"));
        assertEquals(List.of("PR-13"), reader.read(other, RunContext.none(), null).keyText());
    }

    @Test
    void triggerPluginsSayWhereAPullRequestComesFrom() throws Exception {
        for (String name : List.of(
                "ghprbSourceBranch", "ghprbPullTitle", "gitlabSourceBranch", "gitlabMergeRequestTitle",
                "GERRIT_CHANGE_SUBJECT", "GERRIT_TOPIC", "BITBUCKET_SOURCE_BRANCH", "BITBUCKET_PULL_REQUEST_TITLE")) {
            Run<?, ?> run = run(Map.of(name, "APP-5 it"));
            assertEquals(List.of("APP-5 it"), reader.read(run, RunContext.none(), null).keyText(), name);
        }
        Run<?, ?> target = run(Map.of("ghprbTargetBranch", "APP-6", "gitlabTargetBranch", "APP-7"));
        assertEquals(List.of(), reader.read(target, RunContext.none(), null).keyText());
    }

    @Test
    void theVariablesOfTheStepComeFirst() throws Exception {
        Run<?, ?> run = run(Map.of("BRANCH_NAME", "main"));
        RunContext context = new RunContext(null, new EnvVars(Map.of("BRANCH_NAME", "other")), TaskListener.NULL);
        assertEquals(List.of("other"), reader.read(run, context, null).keyText());
    }

    @Test
    void aGivenBranchReplacesBranchesOnly() throws Exception {
        Run<?, ?> run = run(Map.of("BRANCH_NAME", "main", "CHANGE_TITLE", "title"));
        changes(run, "message");
        assertEquals(
                List.of("mine", "title", "message"),
                reader.read(run, RunContext.none(), "mine").keyText());
    }

    @Test
    void asksForTheWholeMessage() throws Exception {
        Run<?, ?> run = run(Map.of());
        changes(run, "first line");
        sources.add(new FactSource() {
            @Override
            public String fullMessage(ChangeLogSet.Entry entry) {
                return entry.getMsg() + "\n\nAPP-1";
            }
        });
        assertEquals(
                List.of("first line\n\nAPP-1"),
                reader.read(run, RunContext.none(), null).keyText());
    }

    @Test
    void readsTheHeadOnlyWhereThereAreNoChanges() throws Exception {
        sources.add(new FactSource() {
            @Override
            public String headMessage(FilePath folder, EnvVars environment, TaskListener listener) {
                return "APP-7 head";
            }
        });
        RunContext context = new RunContext(mock(FilePath.class), new EnvVars(), TaskListener.NULL);
        Run<?, ?> first = run(Map.of());
        assertEquals(List.of("APP-7 head"), reader.read(first, context, null).keyText());
        assertEquals(List.of(), reader.read(first, RunContext.none(), null).keyText());
        Run<?, ?> changed = run(Map.of());
        changes(changed, "APP-8");
        assertEquals(List.of("APP-8"), reader.read(changed, context, null).keyText());
    }

    /** A channel to an agent that is gone may take minutes to notice it. */
    @Test
    void anAgentThatHangsIsNotWaitedFor() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                facts.addBranch("kept");
            }

            @Override
            public String headMessage(FilePath folder, EnvVars environment, TaskListener listener)
                    throws InterruptedException {
                try {
                    new CountDownLatch(1).await();
                } finally {
                    interrupted.countDown();
                }
                return "APP-7";
            }
        });
        FactReader impatient = new FactReader(() -> sources, Duration.ofMillis(50));
        RunContext context = new RunContext(mock(FilePath.class), new EnvVars(), TaskListener.NULL);
        RunFacts facts = assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> impatient.read(run(Map.of()), context, null));
        assertEquals(List.of("kept"), facts.keyText());
        assertTrue(interrupted.await(20, TimeUnit.SECONDS), "a thread was left behind");
    }

    /** Of a first build, whose change log is empty: Jira is to hear of this commit, not only of its keys. */
    @Test
    void theCommitThatWasBuiltIsKnownByItsHash() throws Exception {
        String hash = "0123456789".repeat(4);
        Map<String, String> messages = new HashMap<>(Map.of(hash, "APP-8 begin"));
        sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                facts.addReference(new Reference(hash, "https://git.example.com/team/app", "topic", null));
            }

            @Override
            public String commitMessage(FilePath folder, String commit, EnvVars environment, TaskListener listener)
                    throws IOException {
                if (!messages.containsKey(commit)) {
                    throw new IOException("there is no such commit");
                }
                return messages.get(commit);
            }

            @Override
            public String headMessage(FilePath folder, EnvVars environment, TaskListener listener) {
                return "APP-9 in another checkout";
            }
        });
        RunContext context = new RunContext(mock(FilePath.class), new EnvVars(), TaskListener.NULL);
        RunFacts facts = reader.read(run(Map.of()), context, null);
        assertEquals(List.of("APP-8 begin"), facts.keyText());
        assertEquals(hash, facts.origins().get("APP-8 begin").commit());
        assertEquals(hash, facts.git().head());
        messages.clear();
        facts = reader.read(run(Map.of()), context, null);
        assertEquals(List.of("APP-9 in another checkout"), facts.keyText());
        assertNull(facts.origins().get("APP-9 in another checkout").commit());
    }

    @Test
    void aSourceThatFailsCostsOnlyItsFacts() throws Exception {
        sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) throws IOException {
                throw new IOException("gone");
            }
        });
        sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                throw new NoClassDefFoundError("other plugin");
            }
        });
        sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                facts.addBranch("kept");
                facts.addTests(new TestCounts(3, 1, 1));
                facts.addTests(new TestCounts(2, 0, 0));
                facts.addReference(new Reference("c1", "https://x/r", null, null));
                facts.setRef("PR-1", "PR", "https://x/pr/1", "");
            }
        });
        RunFacts facts = reader.read(run(Map.of()), RunContext.none(), null);
        assertEquals(List.of("kept"), facts.keyText());
        assertEquals(new TestCounts(5, 1, 1), facts.tests());
        assertEquals(3, facts.tests().passed());
        assertEquals(
                List.of(new Reference("c1", "https://x/r", "PR", "https://x/pr/1")), facts.references());
    }

    @Test
    void aRunWithoutAnythingHasNoFacts() throws Exception {
        RunFacts facts = reader.read(run(Map.of()), RunContext.none(), null);
        assertTrue(facts.keyText().isEmpty() && facts.references().isEmpty());
        assertNull(facts.tests());
    }

    @Test
    void isBounded() throws Exception {
        sources.add(new FactSource() {
            @Override
            public void addFacts(Run<?, ?> run, Gathered facts) {
                for (int i = 0; i < 1000; i++) {
                    facts.addCommit(i + "x".repeat(50_000));
                }
            }
        });
        int length = reader.read(run(Map.of()), RunContext.none(), null).keyText().stream()
                .mapToInt(String::length)
                .sum();
        assertTrue(length < 500_000, "length " + length);
    }

    static Run<?, ?> run(Map<String, String> variables) {
        Run<?, ?> run = mock(Run.class, Mockito.withSettings().extraInterfaces(RunWithSCM.class));
        Runs.prepare(run, Runs.job(hudson.model.Job.class, "app"), 1, new EnvVars(variables));
        doReturn(List.of()).when((RunWithSCM<?, ?>) run).getChangeSets();
        return run;
    }

    static void changes(Run<?, ?> run, String... messages) {
        List<ChangeLogSet.Entry> entries = new ArrayList<>();
        for (String message : messages) {
            ChangeLogSet.Entry entry = mock(ChangeLogSet.Entry.class);
            when(entry.getMsg()).thenReturn(message);
            entries.add(entry);
        }
        ChangeLogSet<?> set = mock(ChangeLogSet.class);
        doReturn(entries.iterator()).when(set).iterator();
        doReturn(List.of(set)).when((RunWithSCM<?, ?>) run).getChangeSets();
    }
}
