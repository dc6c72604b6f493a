package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The one client of the core in this Jenkins: opens and closes it, follows changes of the
 * configuration, and sends. Opening and closing is done under its monitor, everything else without.
 */
public final class JiraSendClient implements Sender {
    static final long GATE_MS = 30_000;
    static final long POLL_MS = 1_000;
    static final long REFRESH_MS = 20_000;

    private static final Logger LOGGER = Logger.getLogger(JiraSendClient.class.getName());
    private static final JiraSendClient INSTANCE = new JiraSendClient(new JenkinsSurroundings());

    private final Surroundings surroundings;
    private final SiteRegistry sites = new SiteRegistry();
    private final OpenCore core = new OpenCore(this::whyClosed);
    private final Outbox outbox = new Outbox(core, sites);
    private final Waiters waiters;
    private final Waiting waiting;
    private final ReceiptPump pump;

    private ScheduledThreadPoolExecutor timer;
    private ExecutorService questions;
    /** What went wrong at the last refresh, or null. */
    private String failure;
    private volatile boolean running;
    private volatile boolean stopped;

    JiraSendClient(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.waiters = new Waiters(surroundings.executor());
        this.waiting = new Waiting(waiters, core, outbox, sites);
        this.pump = new ReceiptPump(core, waiters::deliver);
    }

    public static JiraSendClient get() {
        return INSTANCE;
    }

    // ---- life ----

    /** Opens the core, or remembers why that cannot be. */
    synchronized void start() {
        if (running) {
            return;
        }
        running = true;
        stopped = false;
        timer = new ScheduledThreadPoolExecutor(2, new DaemonThreads("jirasend timer"));
        timer.setRemoveOnCancelPolicy(true);
        questions = DaemonThreads.pool("jirasend question");
        refresh();
        pump.start();
        timer.scheduleWithFixedDelay(this::refresh, REFRESH_MS, REFRESH_MS, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(waiting::poll, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
    }

    /** Closes the core. What is not delivered stays in the outbox. */
    synchronized void stop() {
        if (!running) {
            return;
        }
        running = false;
        stopped = true;
        pump.stop();
        timer.shutdownNow();
        questions.shutdownNow();
        closeCore();
        outbox.without(Messages.JiraSendClient_Stopped(), false);
        waiting.end(Messages.JiraSendClient_Stopped());
    }

    /** Jenkins is on its way down: whoever waits is told something, but Pipelines are suspended already. */
    public boolean isStopped() {
        return stopped;
    }

    /** Somebody has changed the configuration. */
    public void refreshSoon() {
        ScheduledThreadPoolExecutor current = timer;
        if (running && current != null) {
            current.execute(this::refresh);
        }
    }

    /** Brings the core in line with Jenkins: library, settings, sites and their secrets. */
    synchronized void refresh() {
        if (!running) {
            return;
        }
        try {
            if (surroundings.disabled()) {
                closeCore();
                outbox.without(Messages.JiraSendClient_Disabled(), false);
                return;
            }
            Core library = surroundings.core();
            Settings wanted = surroundings.settings();
            if (!core.isOpenWith(wanted)) {
                sites.clear();
                core.reopen(library, wanted, pump::startFromHere);
                waiting.lookAtAll();
            }
            sites.refresh(core, surroundings);
            outbox.readState();
            failure = null;
        } catch (NativeLibraryException e) {
            fail(e.getMessage(), e);
        } catch (JiraSendException e) {
            fail(e.getMessage(), e);
        } catch (IOException e) {
            fail(Messages.JiraSendClient_Files(e.toString()), e);
        } catch (RuntimeException | Error e) { // an Error would end the timer's turns for good
            fail(Messages.JiraSendClient_Unexpected(e.toString()), e);
        }
    }

    /** The core that is open goes on with what it has; without one, nothing can be sent. */
    private void fail(String message, Throwable cause) {
        LOGGER.log(message.equals(failure) ? Level.FINE : Level.WARNING, message, cause);
        failure = message;
        if (!core.isOpen()) {
            outbox.without(message, true);
        }
    }

    private void closeCore() {
        sites.clear();
        core.close();
    }

    @CheckForNull
    private String whyClosed() {
        return outbox.state().unavailable();
    }

    // ---- sending ----

    /** Null also while the core is opened again: whoever sends then waits for it. */
    @Override
    @CheckForNull
    public String unavailable() {
        return core.isOpen() ? null : whyClosed();
    }

    @Override
    public CompletableFuture<Receipt> submit(String document, Duration wait) {
        Waiters.Waiter waiter;
        long id;
        try {
            waiter = waiters.register(Waiters.Key.of(document)); // before the pump may bring the receipt
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        try {
            id = core.submit(document.getBytes(StandardCharsets.UTF_8));
        } catch (JiraSendException | RuntimeException e) {
            waiter.forget();
            return CompletableFuture.failedFuture(e);
        }
        waiting.begin(waiter, id, Math.max(0, wait.toMillis()), timer);
        return waiter.future;
    }

    @Override
    @CheckForNull
    public Receipt receipt(long id) {
        try {
            return outbox.receipt(id);
        } catch (JiraSendException | RuntimeException e) {
            LOGGER.log(Level.FINE, "No receipt for event " + id + ".", e);
            return null;
        }
    }

    @Override
    public CompletableFuture<GateStatus> gate(String site, String pipelineId, String environmentId, long number) {
        CompletableFuture<GateStatus> future = new CompletableFuture<>();
        Map<String, Object> question = Map.of(
                "what", "gate", "site", site, "pipelineId", pipelineId, "environmentId", environmentId, "number", number);
        try {
            questions.execute(() -> {
                try {
                    future.complete(GateStatus.read(core.askJira(question, GATE_MS)));
                } catch (JiraSendException | RuntimeException | Error e) {
                    future.completeExceptionally(e);
                }
            });
        } catch (RuntimeException e) {
            String reason = unavailable();
            future.completeExceptionally(reason == null ? e : new IllegalStateException(reason));
        }
        return future;
    }

    // ---- looking into the outbox ----

    public Outbox outbox() {
        return outbox;
    }

    /** How delivery stands, as it was a moment ago. */
    public DeliveryState state() {
        return outbox.state();
    }
}
