package io.jenkins.plugins.jirasend.facts;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.EnvVars;
import hudson.Extension;
import hudson.FilePath;
import hudson.model.TaskListener;
import java.io.IOException;
import java.io.StringWriter;
import java.util.stream.Collectors;
import org.jenkinsci.plugins.gitclient.Git;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/**
 * The message of the commit that is checked out in a workspace. The only class that names the Git
 * client plugin.
 */
@Extension(optional = true)
@Restricted(NoExternalUse.class)
public final class GitWorkspaceFacts implements FactSource {
    private static final String MESSAGE_INDENT = "    ";

    @Override
    @CheckForNull
    public String headMessage(FilePath folder, EnvVars environment, TaskListener listener)
            throws IOException, InterruptedException {
        return message(folder, "HEAD", environment);
    }

    @Override
    @CheckForNull
    public String commitMessage(FilePath folder, String commit, EnvVars environment, TaskListener listener)
            throws IOException, InterruptedException {
        return message(folder, commit, environment);
    }

    @CheckForNull
    private static String message(FilePath folder, String commit, EnvVars environment)
            throws IOException, InterruptedException {
        if (!folder.child(".git").exists()) {
            return null;
        }
        // What git prints is of no interest in the log of the build. JGit needs no installed tool.
        StringWriter log = new StringWriter();
        Git.with(TaskListener.NULL, environment)
                .in(folder)
                .using("jgit")
                .getClient()
                .changelog()
                .includes(commit)
                .max(1)
                .to(log)
                .execute();
        return message(log.toString());
    }

    /** In git's raw format only the lines of the message are indented. */
    static String message(String log) {
        return log.lines()
                .filter(line -> line.startsWith(MESSAGE_INDENT))
                .map(line -> line.substring(MESSAGE_INDENT.length()))
                .collect(Collectors.joining("\n"));
    }
}
