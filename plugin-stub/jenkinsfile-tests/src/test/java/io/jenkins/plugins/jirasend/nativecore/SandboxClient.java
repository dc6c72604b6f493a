package io.jenkins.plugins.jirasend.nativecore;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;

/** The plugin's own client of the native core, with everything that it would ask Jenkins for. */
public final class SandboxClient implements AutoCloseable {
    private final JiraSendClient client;
    private volatile int changes;

    /** Opens the outbox in the folder; the library is loaded from the class path. */
    public SandboxClient(Path folder, List<SiteSettings> sites, String secret, Executor executor) {
        client = new JiraSendClient(new Surroundings() {
            @Override
            public boolean disabled() {
                return false;
            }

            @Override
            public Functions functions() throws NativeLibraryException {
                NativeLibrary.load(folder.resolve("native"));
                return Functions.NATIVE;
            }

            @Override
            public Settings settings() {
                return new Settings(folder.resolve("outbox").toString(), false, null, null, null, "mark " + changes);
            }

            @Override
            public List<SiteSettings> sites() {
                return sites;
            }

            @Override
            public byte[] secret(SiteSettings site) {
                return secret.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public Executor executor() {
                return executor;
            }
        });
        client.start();
    }

    /** As when an administrator changes a setting: the core is closed and opened again. */
    void change() {
        changes++;
        client.refresh();
    }

    public Sender sender() {
        return client;
    }

    @Override
    public void close() {
        client.stop();
    }

    /** Why the library is not to be had here, or null. */
    public static String missing() {
        Platform platform = Platform.current();
        String resource = "/natives/" + platform.folder() + "/" + NativeLibrary.FILE;
        return NativeLibrary.class.getResource(resource) == null ? "there is no " + resource + " in the plugin" : null;
    }
}
