package hudson.plugins.git;

import java.io.Serializable;

public class GitObject implements Serializable {
    private static final long serialVersionUID = 1L;

    protected GitObject() {}

    public String getName() {
        throw new UnsupportedOperationException();
    }
}
