package io.jenkins.plugins.jirasend.jenkinsfiles;

import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mockStatic;

import hudson.Util;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.SandboxServices;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.nativecore.SandboxClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.mockito.MockedStatic;

/** A sandbox, the native core, and one configured site, whose name is not the sandbox's address. */
final class Lab implements AutoCloseable {
    static final String SITE = "example.atlassian.net";

    final Sandbox sandbox;
    private final Path folder;
    private final List<JiraSite> sites;
    private final AtomicReference<SandboxClient> client = new AtomicReference<>();
    private final ExecutorService executor = Executors.newFixedThreadPool(4, work -> {
        Thread thread = new Thread(work, "lab");
        thread.setDaemon(true);
        return thread;
    });

    /** With a sandbox of its own; a test that cannot have one is skipped. */
    Lab(Path folder) throws Exception {
        this(folder, start(folder));
    }

    /** With this sandbox, which is closed together with the rest. */
    Lab(Path folder, Sandbox sandbox) {
        this.folder = folder;
        this.sandbox = sandbox;
        sites = List.of(site());
        Services.replace(new SandboxServices(executor, () -> client.get().sender(), sites));
        open();
    }

    private static Sandbox start(Path folder) throws Exception {
        String program = System.getProperty(Sandbox.PROGRAM, "");
        assumeTrue(!program.isEmpty(), "-D" + Sandbox.PROGRAM + " names no sandbox");
        assumeTrue(SandboxClient.missing() == null, SandboxClient.missing());
        return new Sandbox(Files.createDirectories(folder.resolve("sandbox")));
    }

    /** As the form makes it. The signatures of Jenkins do nothing, so its little helper is played. */
    private JiraSite site() {
        try (MockedStatic<Util> util = mockStatic(Util.class)) {
            util.when(() -> Util.fixNull(any())).thenAnswer(call -> {
                String text = call.getArgument(0);
                return text == null ? "" : text;
            });
            JiraSite site = new JiraSite(SITE, sandbox.clientId(), "unused");
            site.setCloudId(sandbox.cloudId());
            site.setApiUrl(sandbox.url());
            return site;
        }
    }

    private void open() {
        client.set(new SandboxClient(
                folder, sites.stream().map(JiraSite::settings).toList(), sandbox.secret(), executor));
    }

    /** The same outbox with a new client, as after a restart of Jenkins. */
    void restart() {
        client.get().close();
        open();
    }

    @Override
    public void close() throws Exception {
        client.get().close();
        Services.replace(null);
        executor.shutdownNow();
        sandbox.close();
    }
}
