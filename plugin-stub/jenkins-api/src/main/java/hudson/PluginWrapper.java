package hudson;

import java.util.jar.Manifest;

public class PluginWrapper {
    protected PluginWrapper() {}

    public boolean isActive() {
        throw new UnsupportedOperationException();
    }

    public boolean isEnabled() {
        throw new UnsupportedOperationException();
    }

    public String getVersion() {
        throw new UnsupportedOperationException();
    }

    public Manifest getManifest() {
        throw new UnsupportedOperationException();
    }
}
