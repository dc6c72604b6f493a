package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.EnvVars;
import hudson.ExtensionPoint;
import hudson.FilePath;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.scm.ChangeLogSet;
import java.io.IOException;

/**
 * Knows something about runs. There is one for each plugin that may be absent, so that no class of
 * that plugin is named anywhere else.
 */
public interface FactSource extends ExtensionPoint {
    /** Adds what is known from what Jenkins keeps. Cheap, and works for finished runs too. */
    default void addFacts(Run<?, ?> run, Gathered facts) throws IOException, InterruptedException {}

    /**
     * The whole message of a commit, where the change log's own accessor gives only its first line.
     *
     * @return null when this source does not know that kind of entry
     */
    @CheckForNull
    default String fullMessage(ChangeLogSet.Entry entry) {
        return null;
    }

    /** The commit that an entry of the change log is about; null when this source does not know that kind of entry. */
    @CheckForNull
    default CommitNews commit(ChangeLogSet<? extends ChangeLogSet.Entry> changes, ChangeLogSet.Entry entry) {
        return null;
    }

    /**
     * The message of a commit that is in a folder without being checked out, as the head of a pull request
     * is that was merged to be built.
     *
     * @return null when it is not there
     */
    @CheckForNull
    default String commitMessage(FilePath folder, String commit, EnvVars environment, TaskListener listener)
            throws IOException, InterruptedException {
        return null;
    }

    /**
     * The message of the commit that is checked out in a folder.
     *
     * @return null when it is no working copy of a kind that this source knows
     */
    @CheckForNull
    default String headMessage(FilePath folder, EnvVars environment, TaskListener listener)
            throws IOException, InterruptedException {
        return null;
    }
}
