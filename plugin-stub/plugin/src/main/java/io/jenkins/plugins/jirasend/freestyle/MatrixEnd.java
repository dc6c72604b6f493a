package io.jenkins.plugins.jirasend.freestyle;

import hudson.Extension;
import hudson.Launcher;
import hudson.matrix.MatrixAggregatable;
import hudson.matrix.MatrixAggregator;
import hudson.matrix.MatrixBuild;
import hudson.model.BuildListener;
import hudson.model.Result;
import hudson.tasks.Publisher;
import java.io.IOException;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/**
 * Sends once at the end of a matrix, whose publishers run in its cells only. The only class that
 * names the Matrix Project plugin.
 */
@Extension(optional = true)
@Restricted(NoExternalUse.class)
public final class MatrixEnd implements MatrixAggregatable {
    @Override
    public MatrixAggregator createAggregator(MatrixBuild build, Launcher launcher, BuildListener listener) {
        return new Aggregator(build, launcher, listener);
    }

    private static final class Aggregator extends MatrixAggregator {
        Aggregator(MatrixBuild build, Launcher launcher, BuildListener listener) {
            super(build, launcher, listener);
        }

        @Override
        public boolean endBuild() throws InterruptedException, IOException {
            for (Publisher publisher : build.getParent().getPublishersList()) {
                if (publisher instanceof SendAction action && !action.send(build, listener)) {
                    build.setResult(Result.FAILURE);
                }
            }
            return true;
        }
    }
}
