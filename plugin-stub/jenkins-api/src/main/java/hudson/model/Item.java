package hudson.model;

import hudson.security.AccessControlled;
import hudson.security.Permission;

public interface Item extends PersistenceRoot, AccessControlled, ModelObject {
    Permission CONFIGURE = null;
    Permission EXTENDED_READ = null;
    Permission READ = null;

    ItemGroup<? extends Item> getParent();

    String getName();

    String getFullName();

    String getFullDisplayName();

    String getUrl();

    default String getAbsoluteUrl() {
        throw new UnsupportedOperationException();
    }
}
