package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.PluginWrapper;
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
    /** High availability of CloudBees. */
    private static final String REPLICATION = "cloudbees-replication";

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
    public Settings settings() throws IOException, JiraSendException {
        SiteSource configured = SiteSource.get();
        if (configured.connections().outboxUrl().isEmpty()
                && System.getProperty(OUTBOX, "").isBlank()
                && isReplicated()) {
            throw new JiraSendException(
                    JiraSendException.Code.REFUSED.number(), Messages.JenkinsSurroundings_Replicated(), 0, 0);
        }
        return settings(configured.sites(), configured.paused());
    }

    /** Then several replicas have one home, and each would send. */
    private static boolean isReplicated() {
        PluginWrapper replication = Jenkins.get().getPluginManager().getPlugin(REPLICATION);
        return replication != null && replication.isActive();
    }

    synchronized Settings settings(List<SiteSettings> sites, boolean paused) throws IOException, JiraSendException {
        Connections connections = SiteSource.get().connections();
        Path home = home();
        Files.createDirectories(
                home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (trustStore == null || !trustStore.file().startsWith(home)) {
            trustStore = new TrustStore(home);
        }
        String mark = trustStore.refresh();
        ProxyChoice proxy = ProxyChoice.of(Jenkins.get().getProxy(), sites, connections.relayUrl());
        String caFile = mark.isEmpty() ? null : trustStore.file().toString();
        boolean database = !connections.outboxUrl().isEmpty();
        SiteSource.Login login = database ? login(connections) : null;
        return new Settings(
                database ? DatabaseAddress.with(connections.outboxUrl(), login) : outbox(home).toString(),
                login == null ? null : login.password().getPlainText(),
                connections.keep(),
                connections.relayUrl().isEmpty() ? null : connections.relayUrl(),
                paused,
                proxy.address(),
                proxy.exceptions(),
                caFile,
                mark);
    }

    @CheckForNull
    private static SiteSource.Login login(Connections connections) throws JiraSendException {
        String id = connections.outboxCredentialsId();
        if (id.isEmpty()) {
            return null; // a database that knows us by a certificate, or by our place
        }
        SiteSource.Login login = SiteSource.get().login(id);
        if (login == null) {
            throw new JiraSendException(
                    JiraSendException.Code.ARGUMENT.number(), Messages.JenkinsSurroundings_NoLogin(id), 0, 0);
        }
        return login;
    }

    @Override
    @CheckForNull
    public byte[] relayToken() {
        String id = SiteSource.get().connections().relayCredentialsId();
        Secret token = id.isEmpty() ? null : SiteSource.get().secret(id);
        return token == null ? null : token.getPlainText().getBytes(StandardCharsets.UTF_8);
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
