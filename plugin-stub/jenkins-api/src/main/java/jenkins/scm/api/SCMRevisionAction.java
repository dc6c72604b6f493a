package jenkins.scm.api;

import hudson.model.InvisibleAction;

public class SCMRevisionAction extends InvisibleAction {
    SCMRevisionAction() {}

    public SCMRevision getRevision() {
        throw new UnsupportedOperationException();
    }
}
