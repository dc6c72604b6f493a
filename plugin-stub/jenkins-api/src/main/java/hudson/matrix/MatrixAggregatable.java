package hudson.matrix;

import hudson.ExtensionPoint;
import hudson.Launcher;
import hudson.model.BuildListener;

public interface MatrixAggregatable extends ExtensionPoint {
    MatrixAggregator createAggregator(MatrixBuild build, Launcher launcher, BuildListener listener);
}
