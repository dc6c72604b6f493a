package hudson.model;

import hudson.FilePath;
import hudson.scm.ChangeLogSet;

public abstract class AbstractBuild<P extends AbstractProject<P, R>, R extends AbstractBuild<P, R>> extends Run<P, R> {
    public final P getProject() {
        throw new UnsupportedOperationException();
    }

    public final FilePath getWorkspace() {
        throw new UnsupportedOperationException();
    }

    public ChangeLogSet<? extends ChangeLogSet.Entry> getChangeSet() {
        throw new UnsupportedOperationException();
    }
}
