package hudson.plugins.git.util;

import hudson.plugins.git.Revision;
import java.io.Serializable;

public class Build implements Serializable {
    private static final long serialVersionUID = 1L;

    protected Build() {}

    public Revision getRevision() {
        throw new UnsupportedOperationException();
    }

    public int getBuildNumber() {
        throw new UnsupportedOperationException();
    }
}
