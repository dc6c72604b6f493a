package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.EnvVars;
import hudson.model.Run;
import hudson.scm.ChangeLogSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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

    private final Supplier<? extends Collection<FactSource>> sources;

    public FactReader(Supplier<? extends Collection<FactSource>> sources) {
        this.sources = sources;
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
        if (!facts.hasCommits() && context.workspace() != null) {
            readHead(run, context, facts);
        }
        List<String> texts = new ArrayList<>(branch == null ? facts.branches() : List.of(branch));
        texts.addAll(facts.texts());
        texts.addAll(facts.commits());
        return new RunFacts(texts, facts.references(), facts.tests());
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
            facts.addText(variables.get("TAG_NAME"));
            facts.addText(variables.get("CHANGE_TITLE"));
        });
    }

    private void readChanges(Run<?, ?> run, Gathered facts) throws InterruptedException {
        if (!(run instanceof RunWithSCM<?, ?> withScm)) {
            return;
        }
        attempt(run, () -> {
            for (ChangeLogSet<? extends ChangeLogSet.Entry> changes : withScm.getChangeSets()) {
                for (ChangeLogSet.Entry entry : changes) {
                    facts.addCommit(message(entry));
                }
            }
        });
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

    private void readHead(Run<?, ?> run, RunContext context, Gathered facts) throws InterruptedException {
        EnvVars variables = context.environment() == null ? new EnvVars() : context.environment();
        for (FactSource source : sources.get()) {
            attempt(run, () ->
                    facts.addCommit(source.headMessage(context.workspace(), variables, context.listener())));
        }
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
