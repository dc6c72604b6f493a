package hudson.plugins.git;

public class Branch extends GitObject {
    private static final long serialVersionUID = 1L;

    protected Branch() {}
}
