package jenkins.model.lazy;

import hudson.model.Job;
import hudson.model.Run;
import hudson.model.RunMap;
import java.io.File;
import java.io.IOException;

public abstract class LazyBuildMixIn<JobT extends Job<JobT, RunT>, RunT extends Run<JobT, RunT>> {
    public final RunMap<RunT> getRunMap() {
        throw new UnsupportedOperationException();
    }

    public RunT loadBuild(File dir) throws IOException {
        throw new UnsupportedOperationException();
    }

    public interface LazyLoadingJob<JobT extends Job<JobT, RunT>, RunT extends Run<JobT, RunT>> {
        LazyBuildMixIn<JobT, RunT> getLazyBuildMixIn();
    }
}
