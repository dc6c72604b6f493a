package hudson.model;

import java.io.File;

public interface ItemGroup<T extends Item> extends PersistenceRoot, ModelObject {
    String getFullName();

    String getFullDisplayName();

    T getItem(String name);

    @Override
    File getRootDir();
}
