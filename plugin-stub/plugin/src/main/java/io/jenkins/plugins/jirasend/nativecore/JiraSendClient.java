package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import io.jenkins.plugins.jirasend.config.SiteName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The one client of the core in this Jenkins: opens and closes it, follows changes of the
 * configuration, and knows who waits for which receipt.
 */
public final class JiraSendClient implements Sender {
    static final long CLOSE_MS = 5_000;
    static final long GATE_MS = 30_000;
    static final long PUMP_MS = 60_000;
    static final long POLL_MS = 1_000;
    static final long REFRESH_MS = 20_000;

    private static final Logger LOGGER = Logger.getLogger(JiraSendClient.class.getName());
    private static final JiraSendClient INSTANCE = new JiraSendClient(new JenkinsSurroundings());

    private final Surroundings surroundings;
    private final Waiters waiters;
    private final SiteRegistry sites = new SiteRegistry();
    /** Read: the handle is used. Write: the handle changes, and who wants to use it waits for the new one. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    /** Where the pump is in the order of receipts; kept while the core is closed and opened again. */
    private final long[] cursor = new long[1];

    private ScheduledThreadPoolExecutor timer;
    private ExecutorService questions;
    private Core core;
    private Settings settings;
    /** What went wrong at the last refresh, or null. */
    private String failure;
    private volatile long handle;
    private volatile boolean running;
    private volatile boolean stopped;
    private volatile DeliveryState state = DeliveryState.without(Messages.JiraSendClient_NotStarted(), false);

    JiraSendClient(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.waiters = new Waiters(surroundings.executor());
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
        questions = pool("jirasend question");
        refresh();
        new DaemonThreads("jirasend receipt pump").newThread(this::pump).start();
        timer.scheduleWithFixedDelay(this::refresh, REFRESH_MS, REFRESH_MS, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(this::poll, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
    }

    /** Closes the core. What is not delivered stays in the outbox. */
    synchronized void stop() {
        if (!running) {
            return;
        }
        running = false;
        stopped = true;
        timer.shutdownNow();
        questions.shutdownNow();
        closeCore();
        state = DeliveryState.without(Messages.JiraSendClient_Stopped(), false);
        for (Waiters.Waiter waiter : waiters.all()) {
            waiter.complete(queued(waiter, Messages.JiraSendClient_Stopped()));
        }
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
                state = DeliveryState.without(Messages.JiraSendClient_Disabled(), false);
                return;
            }
            core = surroundings.core();
            Settings wanted = surroundings.settings();
            if (handle == 0 || !wanted.equals(settings)) {
                reopen(wanted);
            }
            sites.refresh(core, handle, surroundings);
            readState();
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
        if (handle == 0) {
            state = DeliveryState.without(message, true);
        }
    }

    /** An event that comes meanwhile waits for the outbox: refused, it would be lost. */
    private void reopen(Settings wanted) throws JiraSendException {
        lock.writeLock().lock();
        try {
            closeCore();
            long opened = core.open(wanted.document());
            startFromHere(opened);
            handle = opened;
            settings = wanted;
        } finally {
            lock.writeLock().unlock();
        }
        waiters.all().forEach(this::settleIfKnown);
    }

    /** Before the first submit, or its receipt might be settled before the pump has begun to look. */
    private void startFromHere(long opened) throws JiraSendException {
        synchronized (cursor) {
            if (cursor[0] != 0) {
                return;
            }
            try {
                byte[] receipt = core.nextReceipt(opened, cursor, 0);
                if (receipt != null) {
                    waiters.deliver(Receipt.parse(receipt));
                }
            } catch (JiraSendException | RuntimeException e) {
                core.close(opened, 0);
                throw e;
            }
        }
    }

    private void closeCore() {
        sites.clear();
        long closing = handle;
        if (closing == 0) {
            return;
        }
        lock.writeLock().lock();
        try {
            handle = 0;
            settings = null;
        } finally {
            lock.writeLock().unlock();
        }
        core.close(closing, CLOSE_MS);
    }

    // ---- sending ----

    @Override
    @CheckForNull
    public String unavailable() {
        return handle == 0 ? state.unavailable() : null;
    }

    @Override
    public CompletableFuture<Receipt> submit(String document, Duration wait) {
        Waiters.Waiter waiter;
        long id;
        try {
            waiter = waiters.register(key(document));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        try {
            id = submitNow(document);
        } catch (JiraSendException | RuntimeException e) {
            waiter.forget();
            return CompletableFuture.failedFuture(e);
        }
        long ms = Math.max(0, wait.toMillis());
        waiter.committed(id, System.nanoTime() + ms * 1_000_000);
        if (ms == 0 || !look(waiter)) {
            giveUpLater(waiter, ms);
        }
        return waiter.future;
    }

    private long submitNow(String document) throws JiraSendException {
        lock.readLock().lock();
        try {
            return core.submit(openHandle(), document.getBytes(StandardCharsets.UTF_8));
        } finally {
            lock.readLock().unlock();
        }
    }

    private void giveUpLater(Waiters.Waiter waiter, long ms) {
        try {
            if (ms == 0) {
                giveUp(waiter);
            } else {
                waiter.timer(timer.schedule(() -> giveUp(waiter), ms, TimeUnit.MILLISECONDS));
            }
        } catch (RuntimeException e) {
            giveUp(waiter); // no timer on the way down
        }
    }

    /** The time is over. The core is asked once more before anybody says "queued". */
    private void giveUp(Waiters.Waiter waiter) {
        try {
            waiter.complete(explained(receiptNow(waiter.id())));
        } catch (JiraSendException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "No receipt for an event whose time is over.", e);
            waiter.complete(queued(waiter, Messages.JiraSendClient_StillThere()));
        }
    }

    /**
     * Ends the wait if it is settled already (an event that is submitted again), or will not be soon.
     *
     * @return whether the wait is over
     */
    private boolean look(Waiters.Waiter waiter) {
        try {
            Receipt receipt = receiptNow(waiter.id());
            Settings current = settings;
            boolean stuck = receipt.status().equals(Receipt.HELD)
                    || sites.problem(receipt.site()) != null
                    || current != null && current.paused();
            if (receipt.settled() || stuck) {
                waiter.complete(explained(receipt));
                return true;
            }
        } catch (JiraSendException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "No receipt for an event that was just submitted.", e);
        }
        return false;
    }

    private void settleIfKnown(Waiters.Waiter waiter) {
        if (waiter.id() != 0) {
            look(waiter);
        }
    }

    /** Once a second while somebody waits: what will not be sent in time is answered now. */
    private void poll() {
        try {
            List<Waiters.Waiter> waiting = waiters.all();
            if (waiting.isEmpty()) {
                return;
            }
            DeliveryState now = readState();
            Map<String, DeliveryState.Lane> lanes = new HashMap<>();
            now.lanes().forEach(lane -> lanes.put(lane.kind() + " " + lane.site(), lane));
            long nanos = System.nanoTime();
            for (Waiters.Waiter waiter : waiting) {
                DeliveryState.Lane lane = lanes.get(waiter.key.kind() + " " + waiter.key.site());
                if (waiter.id() == 0) {
                    continue;
                }
                if (lane != null && (lane.held() || lane.retryInMs() > waiter.leftMs(nanos))) {
                    giveUp(waiter);
                } else {
                    look(waiter);
                }
            }
        } catch (JiraSendException | RuntimeException | Error e) {
            LOGGER.log(Level.FINE, "The state of delivery could not be read.", e);
        }
    }

    private void pump() {
        while (running) {
            try {
                long open = handle;
                if (open == 0) {
                    Thread.sleep(POLL_MS / 2);
                    continue;
                }
                byte[] next;
                synchronized (cursor) {
                    next = core.nextReceipt(open, cursor, PUMP_MS);
                }
                if (next != null) {
                    waiters.deliver(Receipt.parse(next));
                }
            } catch (InterruptedException e) {
                return;
            } catch (JiraSendException | RuntimeException | Error e) {
                // closed under us to be opened again, a broken disk, no memory: the next turn will tell
                LOGGER.log(Level.FINE, "No receipt from the core.", e);
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(POLL_MS / 4);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    @Override
    @CheckForNull
    public Receipt receipt(long id) {
        try {
            return explained(receiptNow(id));
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
                    future.complete(gateNow(Json.write(question)));
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

    /** Without the lock, which whoever opens the core again would wait for. */
    private GateStatus gateNow(byte[] question) throws JiraSendException {
        long open;
        lock.readLock().lock();
        try {
            open = openHandle();
        } finally {
            lock.readLock().unlock();
        }
        try {
            Map<?, ?> answer = Json.readObject(core.ask(open, question, GATE_MS));
            return new GateStatus(
                    Json.text(answer, "status"), Json.texts(answer, "issueKeys"), Json.text(answer, "message"));
        } catch (IllegalStateException e) {
            throw new JiraSendException(
                    JiraSendException.Code.CLOSED.number(), Messages.JiraSendClient_OpenedAgain(), 0, 0);
        }
    }

    // ---- looking into the outbox ----

    /** As it was a moment ago. */
    public DeliveryState state() {
        return state;
    }

    /** As it is now, or as it was when that cannot be asked for. */
    public DeliveryState stateNow() {
        try {
            return readState();
        } catch (JiraSendException | RuntimeException e) {
            LOGGER.log(Level.FINE, "The state of delivery could not be read.", e);
            return state;
        }
    }

    /** Waiting, held and dead events after this id, oldest first. */
    public List<Receipt> list(long after, int limit) throws JiraSendException {
        List<Receipt> receipts = new ArrayList<>();
        Object answer = Json.read(ask(Map.of("what", "list", "after", after, "limit", limit)));
        if (answer instanceof List<?> elements) {
            for (Object element : elements) {
                if (element instanceof Map<?, ?> receipt) {
                    receipts.add(Receipt.of(receipt));
                }
            }
        }
        return receipts;
    }

    /** Tries an event again, whatever stands in its way. */
    public void retry(long id) throws JiraSendException {
        act(Map.of("do", "retry", "id", id));
    }

    /** Lifts the hold and the waits of a site. */
    public void retrySite(String site) throws JiraSendException {
        act(Map.of("do", "retry", "site", site));
    }

    /** Gives an event up for good. */
    public void drop(long id) throws JiraSendException {
        act(Map.of("do", "drop", "id", id));
    }

    private void act(Map<String, ?> action) throws JiraSendException {
        lock.readLock().lock();
        try {
            core.act(openHandle(), Json.write(action));
        } finally {
            lock.readLock().unlock();
        }
        readState();
    }

    private byte[] ask(Map<String, ?> question) throws JiraSendException {
        lock.readLock().lock();
        try {
            return core.ask(openHandle(), Json.write(question), 0);
        } finally {
            lock.readLock().unlock();
        }
    }

    private Receipt receiptNow(long id) throws JiraSendException {
        return Receipt.parse(ask(Map.of("what", "receipt", "id", id)));
    }

    private DeliveryState readState() throws JiraSendException {
        DeliveryState now = DeliveryState.read(ask(Map.of("what", "status")), sites.problems());
        state = now;
        return now;
    }

    private long openHandle() {
        long open = handle;
        if (open == 0) {
            String reason = state.unavailable();
            throw new IllegalStateException(reason == null ? Messages.JiraSendClient_NotStarted() : reason);
        }
        return open;
    }

    // ---- small things ----

    /** The core knows of missing credentials, but not which ones Jenkins was told to use. */
    private Receipt explained(Receipt receipt) {
        String problem = receipt.settled() ? null : sites.problem(receipt.site());
        return problem == null ? receipt : receipt.withMessage(problem);
    }

    private static Receipt queued(Waiters.Waiter waiter, String message) {
        return new Receipt(
                waiter.id(),
                waiter.key.requestId(),
                waiter.key.kind(),
                waiter.key.site(),
                Receipt.QUEUED,
                List.of(),
                List.of(),
                0,
                message,
                0,
                0);
    }

    private static Waiters.Key key(String document) {
        Map<?, ?> event = Json.readObject(document.getBytes(StandardCharsets.UTF_8));
        String site = Json.text(event, "site");
        try {
            site = SiteName.site(site).canonical();
        } catch (IllegalArgumentException e) {
            // the core will refuse it in its own words
        }
        return new Waiters.Key(Json.text(event, "requestId"), site, Json.text(event, "kind"));
    }

    static ExecutorService pool(String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                4, 4, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), new DaemonThreads(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
