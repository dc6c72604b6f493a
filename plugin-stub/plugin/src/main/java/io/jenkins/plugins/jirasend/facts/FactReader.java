package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.EnvVars;
import hudson.model.Run;
import hudson.scm.ChangeLogSet;
import io.jenkins.plugins.jirasend.nativecore.DaemonThreads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import jenkins.scm.RunWithSCM;

/**
 * Gathers the facts about a run. It reads change logs and may ask an agent, so it must not be called
 * on a thread that runs Pipelines.
 *
 * <p>A source that fails costs its facts, never the event.
 */
public final class FactReader {
    private static final Logger LOGGER = Logger.getLogger(FactReader.class.getName());

    private static final String REMOTE = "origin/";

    /** What trigger plugins (GHPRB, GitLab, Bitbucket) say of a pull request; where it goes to names no keys. */
    private static final List<String> TRIGGER_BRANCHES =
            List.of("ghprbSourceBranch", "gitlabSourceBranch", "BITBUCKET_SOURCE_BRANCH");

    private static final List<String> TRIGGER_TEXTS = List.of(
            "ghprbPullTitle",
            "gitlabMergeRequestTitle",
            "GERRIT_CHANGE_SUBJECT",
            "GERRIT_TOPIC",
            "BITBUCKET_PULL_REQUEST_TITLE");

    /** A hanging agent must not hold up a build that it has nothing to do for any more. */
    private static final Duration HEAD_LIMIT = Duration.ofSeconds(10);

    private static final ExecutorService WORKSPACES = workspaces();

    private final Supplier<? extends Collection<FactSource>> sources;
    private final Duration headLimit;

    public FactReader(Supplier<? extends Collection<FactSource>> sources) {
        this(sources, HEAD_LIMIT);
    }

    FactReader(Supplier<? extends Collection<FactSource>> sources, Duration headLimit) {
        this.sources = sources;
        this.headLimit = headLimit;
    }

    /**
     * Facts of the run alone.
     *
     * @param branch replaces the names of branches that are found, unless null
     */
    public RunFacts read(Run<?, ?> run, RunContext context, @CheckForNull String branch)
            throws InterruptedException {
        Gathered facts = new Gathered();
        readVariables(run, context, facts);
        for (FactSource source : sources.get()) {
            attempt(run, () -> source.addFacts(run, facts));
        }
        readChanges(run, facts);
        String head = facts.headCommit();
        if (context.workspace() != null && (!facts.hasCommits() || head != null && !facts.hasNewsOf(head))) {
            readHead(run, context, facts, head);
        }
        List<String> texts = new ArrayList<>(branch == null ? facts.branches() : List.of(branch));
        texts.addAll(facts.texts());
        texts.addAll(facts.commits());
        Map<String, TextOrigin> origins = new LinkedHashMap<>(facts.origins());
        if (branch != null) {
            origins.putIfAbsent(branch, new TextOrigin("branch", null));
        }
        return new RunFacts(texts, facts.references(), facts.tests(), origins, facts.git());
    }

    private void readVariables(Run<?, ?> run, RunContext context, Gathered facts) throws InterruptedException {
        attempt(run, () -> {
            EnvVars variables = context.environment();
            if (variables == null) {
                variables = run.getEnvironment(context.listener());
            }
            facts.setChangeId(variables.get("CHANGE_ID"));
            facts.addBranch(variables.get("BRANCH_NAME"));
            facts.addBranch(variables.get("CHANGE_BRANCH"));
            String branch = variables.get("GIT_BRANCH");
            facts.addBranch(branch != null && branch.startsWith(REMOTE) ? branch.substring(REMOTE.length()) : branch);
            facts.addTag(variables.get("TAG_NAME"));
            facts.addTitle(variables.get("CHANGE_TITLE"));
            facts.setHeadCommit(variables.get("ghprbActualCommit"));
            for (String name : TRIGGER_BRANCHES) {
                facts.addBranch(variables.get(name));
            }
            for (String name : TRIGGER_TEXTS) {
                facts.addTitle(variables.get(name));
            }
        });
    }

    private void readChanges(Run<?, ?> run, Gathered facts) throws InterruptedException {
        if (!(run instanceof RunWithSCM<?, ?> withScm)) {
            return;
        }
        attempt(run, () -> {
            for (ChangeLogSet<? extends ChangeLogSet.Entry> changes : withScm.getChangeSets()) {
                for (ChangeLogSet.Entry entry : changes) {
                    CommitNews commit = commit(changes, entry);
                    if (commit == null) {
                        facts.addCommit(message(entry));
                    } else {
                        facts.addCommit(commit.message(), commit.hash());
                        facts.addNews(commit);
                    }
                }
            }
        });
    }

    private CommitNews commit(ChangeLogSet<? extends ChangeLogSet.Entry> changes, ChangeLogSet.Entry entry) {
        for (FactSource source : sources.get()) {
            CommitNews commit = source.commit(changes, entry);
            if (commit != null) {
                return commit;
            }
        }
        return null;
    }

    private String message(ChangeLogSet.Entry entry) {
        for (FactSource source : sources.get()) {
            String message = source.fullMessage(entry);
            if (message != null) {
                return message;
            }
        }
        return entry.getMsg();
    }

    /** @param head another commit than the one that is checked out, or null */
    private void readHead(Run<?, ?> run, RunContext context, Gathered facts, @CheckForNull String head) throws InterruptedException {
        String own = head == null ? facts.git().head() : head;
        Future<List<Head>> heads;
        try {
            heads = WORKSPACES.submit(() -> heads(run, context, own, head != null));
        } catch (RejectedExecutionException e) {
            LOGGER.log(Level.FINE, e, () -> "Too many agents hang; the workspace of " + run + " is not looked at.");
            return;
        }
        try {
            heads.get(headLimit.toMillis(), TimeUnit.MILLISECONDS)
                    .forEach(found -> facts.addCommit(found.message(), found.hash()));
        } catch (ExecutionException e) {
            LOGGER.log(Level.FINE, e, () -> "The workspace of " + run + " could not be looked at.");
        } catch (TimeoutException e) {
            LOGGER.log(Level.FINE, e, () -> "The agent of " + run + " does not answer in time.");
        } finally {
            heads.cancel(true);
        }
    }

    /** A commit of a workspace. @param hash null: it is whatever lies there */
    private record Head(@CheckForNull String message, @CheckForNull String hash) {}

    /**
     * @param own the commit that was built, or null
     * @param only no other commit will do; else the step may run in another checkout, whose head counts
     */
    private List<Head> heads(Run<?, ?> run, RunContext context, @CheckForNull String own, boolean only)
            throws InterruptedException {
        EnvVars variables = context.environment() == null ? new EnvVars() : context.environment();
        List<Head> heads = new ArrayList<>();
        for (FactSource source : sources.get()) {
            int before = heads.size();
            if (own != null) {
                attempt(run, () -> {
                    String message = source.commitMessage(context.workspace(), own, variables, context.listener());
                    if (message != null) {
                        heads.add(new Head(message, own));
                    }
                });
            }
            if (!only && heads.size() == before) {
                attempt(run, () -> heads.add(
                        new Head(source.headMessage(context.workspace(), variables, context.listener()), null)));
            }
        }
        return heads;
    }

    /** Without a queue: what waits here would wait for agents that hang. */
    private static ExecutorService workspaces() {
        return new ThreadPoolExecutor(
                0, 32, 1, TimeUnit.MINUTES, new SynchronousQueue<>(), new DaemonThreads("jirasend workspace"));
    }

    private static void attempt(Run<?, ?> run, Reading reading) throws InterruptedException {
        try {
            reading.read();
        } catch (IOException | RuntimeException | LinkageError e) {
            LOGGER.log(Level.FINE, e, () -> "Some facts about " + run + " could not be read.");
        }
    }

    private interface Reading {
        void read() throws IOException, InterruptedException;
    }
}
