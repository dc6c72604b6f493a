package hudson.matrix;

import hudson.ExtensionPoint;
import hudson.Launcher;
import hudson.model.BuildListener;
import java.io.IOException;

public abstract class MatrixAggregator implements ExtensionPoint {
    protected final MatrixBuild build;
    protected final Launcher launcher;
    protected final BuildListener listener;

    protected MatrixAggregator(MatrixBuild build, Launcher launcher, BuildListener listener) {
        this.build = build;
        this.launcher = launcher;
        this.listener = listener;
    }

    public boolean endBuild() throws InterruptedException, IOException {
        return true;
    }
}
