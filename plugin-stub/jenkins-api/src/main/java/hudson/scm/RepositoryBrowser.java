package hudson.scm;

import hudson.ExtensionPoint;
import hudson.model.AbstractDescribableImpl;
import java.io.IOException;
import java.io.Serializable;
import java.net.URL;

public abstract class RepositoryBrowser<E extends ChangeLogSet.Entry>
        extends AbstractDescribableImpl<RepositoryBrowser<?>> implements ExtensionPoint, Serializable {
    private static final long serialVersionUID = 1L;

    public abstract URL getChangeSetLink(E changeSet) throws IOException;
}
