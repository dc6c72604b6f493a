package jenkins.scm.api.metadata;

import hudson.model.InvisibleAction;
import java.io.Serializable;

public class ObjectMetadataAction extends InvisibleAction implements Serializable {
    private static final long serialVersionUID = 1L;

    public ObjectMetadataAction(String objectDisplayName, String objectDescription, String objectUrl) {}

    public String getObjectDisplayName() {
        throw new UnsupportedOperationException();
    }

    public String getObjectUrl() {
        throw new UnsupportedOperationException();
    }
}
