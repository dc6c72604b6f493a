package hudson.model;

public class FreeStyleProject extends AbstractProject<FreeStyleProject, FreeStyleBuild> implements TopLevelItem {
    public FreeStyleProject(ItemGroup parent, String name) {}
}
