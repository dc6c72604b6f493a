package jenkins.scm.api;

import java.io.Serializable;

public abstract class SCMRevision implements Serializable {
    private static final long serialVersionUID = 1L;

    protected SCMRevision(SCMHead head) {}

    public final SCMHead getHead() {
        throw new UnsupportedOperationException();
    }
}
