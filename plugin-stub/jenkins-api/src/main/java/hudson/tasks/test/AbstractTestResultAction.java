package hudson.tasks.test;

import hudson.model.Action;

public abstract class AbstractTestResultAction<T extends AbstractTestResultAction> implements Action {
    public abstract int getFailCount();

    public int getSkipCount() {
        throw new UnsupportedOperationException();
    }

    public abstract int getTotalCount();
}
