package hudson.matrix;

import hudson.model.AbstractBuild;

public class MatrixBuild extends AbstractBuild<MatrixProject, MatrixBuild> {
    protected MatrixBuild() {}
}
