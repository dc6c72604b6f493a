package org.jenkinsci.plugins.gitclient;

import hudson.plugins.git.GitException;
import java.io.Writer;

public interface ChangelogCommand extends GitCommand {
    ChangelogCommand includes(String rev) throws GitException;

    ChangelogCommand to(Writer w);

    ChangelogCommand max(int n);
}
