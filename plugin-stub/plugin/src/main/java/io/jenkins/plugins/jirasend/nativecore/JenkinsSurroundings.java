package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.security.ACL;
import hudson.util.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Executor;
import jenkins.model.Jenkins;
import jenkins.security.ImpersonatingExecutorService;

/** The Jenkins that this plugin runs in. */
final class JenkinsSurroundings implements Surroundings {
    static final String DISABLED = "io.jenkins.plugins.jirasend.disabled";
    static final String OUTBOX = "io.jenkins.plugins.jirasend.outboxDir";

    private TrustStore trustStore;
    private Executor executor;

    static boolean isDisabled() {
        return Boolean.getBoolean(DISABLED);
    }

    @Override
    public boolean disabled() {
        return isDisabled();
    }

    @Override
    public Functions functions() throws NativeLibraryException {
        NativeLibrary.load(home().resolve("native"));
        return Functions.NATIVE;
    }

    @Override
    public Settings settings() throws IOException {
        SiteSource configured = SiteSource.get();
        return settings(configured.sites(), configured.paused());
    }

    synchronized Settings settings(List<SiteSettings> sites, boolean paused) throws IOException {
        Path home = home();
        Files.createDirectories(
                home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (trustStore == null || !trustStore.file().startsWith(home)) {
            trustStore = new TrustStore(home);
        }
        String mark = trustStore.refresh();
        ProxyChoice proxy = ProxyChoice.of(Jenkins.get().getProxy(), sites);
        String caFile = mark.isEmpty() ? null : trustStore.file().toString();
        return new Settings(outbox(home).toString(), paused, proxy.address(), proxy.exceptions(), caFile, mark);
    }

    private static Path outbox(Path home) throws IOException {
        String named = System.getProperty(OUTBOX, "");
        try {
            return named.isBlank() ? home.resolve("outbox") : Path.of(named).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new IOException("-D" + OUTBOX + " names no folder: " + e.getMessage() + ".", e);
        }
    }

    private static Path home() {
        return Jenkins.get().getRootDir().toPath().toAbsolutePath().resolve("jirasend");
    }

    @Override
    public List<SiteSettings> sites() {
        return SiteSource.get().sites();
    }

    @Override
    @CheckForNull
    public byte[] secret(SiteSettings site) {
        if (site.credentialsId().isEmpty()) {
            return null;
        }
        Secret secret = SiteSource.get().secret(site.credentialsId());
        return secret == null ? null : secret.getPlainText().getBytes(StandardCharsets.UTF_8);
    }

    /** Made when the first receipt comes: this object is there before Jenkins is. */
    @Override
    public Executor executor() {
        return work -> {
            Executor current;
            synchronized (this) {
                if (executor == null) {
                    executor = new ImpersonatingExecutorService(
                            DaemonThreads.pool("jirasend receipt"), ACL.SYSTEM2);
                }
                current = executor;
            }
            current.execute(work);
        };
    }
}
