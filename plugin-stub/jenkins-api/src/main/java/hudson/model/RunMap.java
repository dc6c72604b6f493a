package hudson.model;

import java.io.File;
import java.io.IOException;
import jenkins.model.lazy.AbstractLazyLoadRunMap;

public final class RunMap<R extends Run<?, R>> extends AbstractLazyLoadRunMap<R> {
    public RunMap(Job<?, ?> job, Constructor cons) {
        throw new UnsupportedOperationException();
    }

    public boolean remove(R run) {
        throw new UnsupportedOperationException();
    }

    public interface Constructor<R extends Run<?, R>> {
        R create(File dir) throws IOException;
    }
}
