package hudson.scm;

import hudson.model.Run;
import hudson.model.User;
import java.util.Collection;
import java.util.Iterator;

public abstract class ChangeLogSet<T extends ChangeLogSet.Entry> implements Iterable<T> {
    protected ChangeLogSet() {}

    public Run<?, ?> getRun() {
        throw new UnsupportedOperationException();
    }

    public RepositoryBrowser<?> getBrowser() {
        throw new UnsupportedOperationException();
    }

    public abstract boolean isEmptySet();

    public final Object[] getItems() {
        throw new UnsupportedOperationException();
    }

    public String getKind() {
        throw new UnsupportedOperationException();
    }

    public abstract static class Entry {
        public String getCommitId() {
            throw new UnsupportedOperationException();
        }

        public long getTimestamp() {
            throw new UnsupportedOperationException();
        }

        public abstract String getMsg();

        public abstract User getAuthor();

        public abstract Collection<String> getAffectedPaths();
    }
}
