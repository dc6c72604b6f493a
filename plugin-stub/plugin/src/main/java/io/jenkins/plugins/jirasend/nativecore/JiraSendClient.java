package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
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
    private final Session session = new Session(this::whyClosed);
    private final Delivery delivery = new Delivery(session, sites);
    private final History history = new History(session);
    private final PendingReceipts pending;
    private final WaitLimits limits;
    private final ReceiptPump pump;

    private ScheduledThreadPoolExecutor timer;
    private ExecutorService questions;
    /** What went wrong at the last refresh, or null. */
    private String failure;
    private volatile boolean running;
    private volatile boolean stopped;

    JiraSendClient(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.pending = new PendingReceipts(surroundings.executor());
        this.limits = new WaitLimits(pending, session, delivery, sites);
        this.pump = new ReceiptPump(session, pending::deliver);
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
        timer.scheduleWithFixedDelay(limits::poll, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
    }

    /** Closes the session. What is not delivered stays in the delivery. */
    synchronized void stop() {
        if (!running) {
            return;
        }
        running = false;
        stopped = true;
        pump.stop();
        timer.shutdownNow();
        questions.shutdownNow();
        delivery.without(Messages.JiraSendClient_Stopped(), false);
        closeCore();
        limits.end(Messages.JiraSendClient_Stopped());
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
                delivery.without(Messages.JiraSendClient_Disabled(), false);
                closeCore();
                return;
            }
            Functions library = surroundings.functions();
            Settings wanted = surroundings.settings();
            if (!session.isOpenWith(wanted) || sites.lostRelayToken(surroundings)) {
                sites.clear();
                session.reopen(library, wanted, pump::startFromHere);
                LOGGER.fine(() -> "The core is open with " + wanted + ".");
                limits.lookAtAll();
            }
            sites.refresh(session, surroundings);
            delivery.readState();
            failure = null;
        } catch (NativeLibraryException e) {
            fail(e.getMessage(), e);
        } catch (JiraSendException e) {
            fail(words(e), null); // its sentence says all
        } catch (IOException e) {
            fail(Messages.JiraSendClient_Files(e.toString()), e);
        } catch (RuntimeException | Error e) { // an Error would end the timer's turns for good
            fail(Messages.JiraSendClient_Unexpected(e.toString()), e);
        }
    }

    private static String words(JiraSendException e) {
        return e.reason() == JiraSendException.Reason.OTHER_HOST
                ? Messages.JiraSendClient_OtherHost(e.getMessage())
                : e.getMessage();
    }

    /** Another host has taken the outbox over. Opened again, it is refused until that one is gone. */
    private synchronized void leaveToOtherHost(String words) {
        delivery.without(words, true); // what is said while it is closed
        closeCore();
        refresh();
    }

    /** The core that is open goes on with what it has; without one, nothing can be sent. */
    private void fail(String message, @CheckForNull Throwable cause) {
        LOGGER.log(message.equals(failure) ? Level.FINE : Level.WARNING, message, cause);
        failure = message;
        if (!session.isOpen()) {
            delivery.without(message, true);
        }
    }

    private void closeCore() {
        sites.clear();
        if (session.isOpen()) {
            LOGGER.fine("The core is closed. What is not delivered stays in the outbox.");
        }
        session.close();
    }

    @CheckForNull
    private String whyClosed() {
        return delivery.state().unavailable();
    }

    // ---- sending ----

    /** Null also while the core is opened again: whoever sends then waits for it. */
    @Override
    @CheckForNull
    public String unavailable() {
        return session.isOpen() ? null : whyClosed();
    }

    @Override
    public CompletableFuture<Receipt> submit(Submission event, Duration wait) {
        PendingReceipts.Waiter waiter = pending.register(PendingReceipts.Key.of(event)); // before the pump may bring it
        long id;
        try {
            id = session.submit(event.document().getBytes(StandardCharsets.UTF_8), options(event.site()));
        } catch (JiraSendException | RuntimeException | Error e) {
            waiter.forget();
            if (e instanceof JiraSendException refused && refused.reason() == JiraSendException.Reason.OTHER_HOST) {
                String words = words(refused);
                timer.execute(() -> leaveToOtherHost(words));
                return CompletableFuture.failedFuture(
                        new JiraSendException(refused.code(), words, refused.httpStatus(), refused.retryAfterMs()));
            }
            return CompletableFuture.failedFuture(e);
        }
        LOGGER.fine(() -> "The " + event.kind() + " with the request id " + event.requestId() + " for " + event.site()
                + " is event " + id + " of the outbox.");
        limits.begin(waiter, id, Math.max(0, wait.toMillis()), timer);
        return waiter.future;
    }

    /** As they are now: they are fixed with the event, and a change counts from the next one on. */
    private byte[] options(String site) {
        Map<String, Object> options = surroundings.sites().stream()
                .filter(known -> known.site().equals(site))
                .findFirst()
                .map(known -> new LinkedHashMap<>(known.options()))
                .orElseGet(LinkedHashMap::new);
        if (session.isRelayed()) {
            options.remove("origin"); // the relay says who we are
        }
        return Json.bytes(options);
    }

    @Override
    @CheckForNull
    public Receipt receipt(long id) {
        try {
            return delivery.receipt(id);
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
                    GateStatus answer = GateStatus.read(session.askJira(question, GATE_MS));
                    LOGGER.fine(() -> "The gate of " + pipelineId + " #" + number + " to " + environmentId + " at "
                            + site + " is " + answer.status() + ".");
                    future.complete(answer);
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

    public Delivery delivery() {
        return delivery;
    }

    public History history() {
        return history;
    }

    /** How delivery stands, as it was a moment ago. */
    public DeliveryState state() {
        return delivery.state();
    }
}
