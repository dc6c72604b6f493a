package hudson.model;

public class FreeStyleBuild extends AbstractBuild<FreeStyleProject, FreeStyleBuild> {
    public FreeStyleBuild(FreeStyleProject project) {}
}
