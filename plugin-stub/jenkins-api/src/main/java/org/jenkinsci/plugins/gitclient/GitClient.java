package org.jenkinsci.plugins.gitclient;

import hudson.plugins.git.GitException;

public interface GitClient {
    ChangelogCommand changelog() throws GitException;
}
