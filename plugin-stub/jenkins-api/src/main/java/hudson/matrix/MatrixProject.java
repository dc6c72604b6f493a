package hudson.matrix;

import hudson.model.AbstractProject;
import hudson.model.TopLevelItem;

public class MatrixProject extends AbstractProject<MatrixProject, MatrixBuild> implements TopLevelItem {
    protected MatrixProject() {}
}
