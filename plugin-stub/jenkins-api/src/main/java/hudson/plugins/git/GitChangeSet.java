package hudson.plugins.git;

import hudson.model.User;
import hudson.scm.ChangeLogSet;
import java.util.Collection;

public class GitChangeSet extends ChangeLogSet.Entry {
    protected GitChangeSet() {}

    @Override
    public String getMsg() {
        throw new UnsupportedOperationException();
    }

    public String getAuthorName() {
        throw new UnsupportedOperationException();
    }

    public String getAuthorEmail() {
        throw new UnsupportedOperationException();
    }

    public String getComment() {
        throw new UnsupportedOperationException();
    }

    @Override
    public User getAuthor() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Collection<String> getAffectedPaths() {
        throw new UnsupportedOperationException();
    }
}
