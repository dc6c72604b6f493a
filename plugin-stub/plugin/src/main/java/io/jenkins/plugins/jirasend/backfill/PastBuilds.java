package io.jenkins.plugins.jirasend.backfill;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.XmlFile;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.automatic.PastStages;
import io.jenkins.plugins.jirasend.automatic.StagePatterns;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.EventPreparer;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.event.State;
import io.jenkins.plugins.jirasend.nativecore.DaemonThreads;
import io.jenkins.plugins.jirasend.nativecore.Delivery;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.JiraSendException;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import jenkins.model.Jenkins;

/**
 * The history of builds: tells Jira what the builds that a controller already has would have told. Counted
 * first; then in the background, one build after the other, as news of the past, of which the core sends at
 * most ten requests a second and nothing before live news. It goes on after a restart.
 */
public final class PastBuilds {
    /** Of its events in the outbox at most these wait, so that the rest can still be stopped. */
    static final int MAX_PENDING = 500;

    private static final Logger LOGGER = Logger.getLogger(PastBuilds.class.getName());
    /** Each time costs a sync of the disk. What is told again after a kill is known by its request id. */
    private static final long SAVE_EVERY_NS = 1_000_000_000L;
    private static final long REST_MS = 1_000;
    private static final long END_MS = 10_000;

    private static PastBuilds instance;

    private final Builds builds;
    private final Outbox outbox;
    private final Store store;
    /** Written under the monitor, which is held while an event is committed; pages read it without. */
    private volatile Progress progress;
    private Thread worker;
    private long savedAt = System.nanoTime();
    /** Jenkins ends, or the plugin does: what is known stays as it is, and the next start goes on from there. */
    private boolean ended;

    /** Where events go, and how those that still wait are taken back. */
    interface Outbox {
        /** The id of the event; 0: it is settled already. Throws when it is not kept. */
        long submit(Submission event) throws IOException, InterruptedException;

        boolean isOpen(long id) throws IOException;

        void withdraw(long id) throws IOException;
    }

    /** The file, or what tests put in its place. */
    interface Store {
        Object read() throws IOException;

        void write(Object content) throws IOException;
    }

    PastBuilds(Builds builds, Outbox outbox, Store store) {
        this.builds = builds;
        this.outbox = outbox;
        this.store = store;
        this.progress = read(store);
    }

    public static synchronized PastBuilds get() {
        if (instance == null) {
            XmlFile file = new XmlFile(new File(Jenkins.get().getRootDir(), "jirasend/backfill.xml"));
            instance = new PastBuilds(new Builds(), new ClientOutbox(), new Store() {
                @Override
                public Object read() throws IOException {
                    return file.exists() ? file.read() : null;
                }

                @Override
                public void write(Object content) throws IOException {
                    file.write(content);
                }
            });
        }
        return instance;
    }

    private static Progress read(Store store) {
        try {
            return Progress.read(store.read());
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.WARNING, "What is known of the history of builds cannot be read; it starts again.", e);
            return Progress.NOTHING;
        }
    }

    // ---- what people ask for ----

    public Progress progress() {
        return progress;
    }

    /** Why it stands still although it is to send; null when it does not. */
    @CheckForNull
    public String obstacle() {
        return progress().phase() == Progress.Phase.SENDING ? new EventPreparer(Services.get()).obstacle() : null;
    }

    public synchronized void count() {
        if (!progress.isRunning()) {
            change(Progress.counting(System.currentTimeMillis()));
            begin();
        }
    }

    /** Begins, or goes on after a stop. */
    public synchronized void start() {
        if (progress.phase() == Progress.Phase.COUNTED || progress.phase() == Progress.Phase.STOPPED) {
            change(progress.in(Progress.Phase.SENDING));
            begin();
        }
    }

    /** Ends it, and takes back what has not been sent yet; {@link #start()} tells it again. */
    public synchronized void stop() {
        if (!progress.isRunning()) {
            return;
        }
        if (progress.phase() == Progress.Phase.COUNTING) {
            change(Progress.NOTHING);
            return;
        }
        Progress.Pending first = null;
        for (Progress.Pending event : progress.pending()) {
            if (withdraw(event) && first == null) {
                first = event;
            }
        }
        change(first == null
                ? progress.stoppedAt(progress.job(), progress.number())
                : progress.stoppedAt(first.job(), first.number() - 1));
    }

    private boolean withdraw(Progress.Pending event) {
        try {
            if (outbox.isOpen(event.id())) {
                outbox.withdraw(event.id());
                return true;
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.WARNING, e, () -> "Event " + event.id() + " of the history of builds could not be taken back.");
        }
        return false;
    }

    /**
     * Jenkins is on its way down. What is under way comes to its end, and its thread is gone when this
     * returns. It is not interrupted: a build whose file was being read would be taken for one that
     * names no issue.
     */
    public void end() {
        Thread last;
        synchronized (this) {
            ended = true;
            notifyAll();
            last = worker;
            worker = null;
        }
        if (last != null) {
            try {
                last.join(END_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            synchronized (this) {
                change(progress);
            }
        }
    }

    synchronized boolean isEnded() {
        return ended;
    }

    /** After a start of Jenkins. */
    public synchronized void resume() {
        ended = false;
        if (progress.isRunning()) {
            begin();
        }
    }

    // ---- in the background ----

    private void begin() {
        if (worker == null) {
            worker = new DaemonThreads("jirasend history of builds").newThread(this::work);
            worker.start();
        }
    }

    void work() {
        try {
            Services.get().asSystem(() -> {
                while (isWanted()) {
                    try {
                        countAll(progress());
                        sendAll(progress());
                    } finally {
                        builds.forgetAll(); // before another thread may look at them
                    }
                }
                return null;
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | LinkageError e) {
            LOGGER.log(Level.WARNING, "The history of builds has ended early. It goes on after a restart.", e);
        } finally {
            leave();
        }
    }

    /** If not, this thread is nobody's any more, and who wants something begins another one. */
    private synchronized boolean isWanted() {
        if (ended || !progress.isRunning()) {
            leave();
            return false;
        }
        return true;
    }

    private synchronized void leave() {
        if (worker == Thread.currentThread()) {
            worker = null;
        }
    }

    /** Whether that is still being done, neither ended with Jenkins nor stopped and begun again meanwhile. */
    private synchronized boolean goesOn(Progress begun) {
        return !ended
                && progress.phase() == begun.phase()
                && progress.round() == begun.round()
                && progress.until() == begun.until();
    }

    private synchronized void rest() throws InterruptedException {
        if (!ended) {
            wait(REST_MS);
        }
    }

    private void countAll(Progress begun) {
        if (begun.phase() != Progress.Phase.COUNTING) {
            return;
        }
        Map<String, Map<String, Integer>> counts = new LinkedHashMap<>();
        for (String job : builds.jobs()) {
            Map<String, Integer> months = new TreeMap<>();
            for (int number : builds.numbers(job)) {
                if (!goesOn(begun)) {
                    return;
                }
                long at = builds.startedAt(job, number);
                if (at > 0) {
                    months.merge(YearMonth.from(Instant.ofEpochMilli(at).atZone(ZoneId.systemDefault())).toString(), 1, Integer::sum);
                }
            }
            if (!months.isEmpty()) {
                counts.put(job, months);
            }
        }
        synchronized (this) {
            if (goesOn(begun)) {
                change(progress.with(counts).in(Progress.Phase.COUNTED));
            }
        }
    }

    private void sendAll(Progress begun) throws InterruptedException {
        if (begun.phase() != Progress.Phase.SENDING) {
            return;
        }
        String first = begun.job();
        for (String job : builds.jobs()) {
            if (job.compareTo(first) < 0) {
                continue;
            }
            int after = job.equals(first) ? begun.number() : 0;
            for (int number : builds.numbers(job)) {
                if (number > after && !tell(begun, job, number)) {
                    return;
                }
            }
        }
        synchronized (this) {
            if (goesOn(begun)) {
                change(progress.in(Progress.Phase.DONE));
            }
        }
    }

    /** False: it was stopped. */
    private boolean tell(Progress begun, String job, int number) throws InterruptedException {
        List<Submission> events = events(job, number);
        while (events == null) {
            if (!goesOn(begun)) {
                return false;
            }
            rest();
            events = events(job, number);
        }
        int done = 0;
        while (done < events.size()) {
            synchronized (this) {
                if (!goesOn(begun)) {
                    return false;
                }
                done = submit(events, done, job, number);
            }
            if (done < events.size()) {
                rest(); // the outbox is full, closed, or has enough of ours
            }
        }
        synchronized (this) {
            if (!goesOn(begun)) {
                return false;
            }
            progress = progress.at(job, number, events.size(), events.isEmpty() ? 1 : 0, progress.pending());
            if (System.nanoTime() - savedAt > SAVE_EVERY_NS) {
                change(progress);
            }
        }
        return true;
    }

    /** How many of them are in the outbox now. */
    private int submit(List<Submission> events, int done, String job, int number) throws InterruptedException {
        List<Progress.Pending> pending = new ArrayList<>(progress.pending());
        int next = done;
        try {
            if (pending.size() + events.size() > MAX_PENDING) {
                pending.removeIf(event -> !isOpen(event.id()));
            }
            while (next < events.size() && pending.size() < MAX_PENDING) {
                long id = outbox.submit(events.get(next));
                if (id > 0) {
                    pending.add(new Progress.Pending(id, job, number));
                }
                next++;
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.FINE, "The history of builds waits for the outbox.", e);
        }
        progress = progress.at(progress.job(), progress.number(), 0, 0, pending);
        return next;
    }

    private boolean isOpen(long id) {
        try {
            return outbox.isOpen(id);
        } catch (IOException | RuntimeException e) {
            return true;
        }
    }

    /** Nothing of the build is kept when this returns. Null: it has to be looked at again later. */
    @CheckForNull
    private List<Submission> events(String job, int number) throws InterruptedException {
        Run<?, ?> run = null;
        try {
            run = builds.build(job, number);
            return run == null || run.isBuilding() ? List.of() : events(run);
        } catch (RuntimeException | LinkageError e) {
            LOGGER.log(Level.FINE, e, () -> "Build " + number + " of " + job + " cannot be read.");
            return List.of();
        } finally {
            if (run != null) {
                builds.forget(run);
            }
        }
    }

    @CheckForNull
    private List<Submission> events(Run<?, ?> run) throws InterruptedException {
        long ended = run.getStartTimeInMillis() + Math.max(0, run.getDuration());
        if (ended > progress().until()) {
            return List.of(); // it has told of itself
        }
        Instant at = Instant.ofEpochMilli(ended);
        EventPreparer preparer = new EventPreparer(Services.get());
        SendOptions build = new SendOptions(EventKind.BUILD);
        build.state(State.of(run.getResult()));
        List<Submission> told = preparer.prepareHistory(run, build, "build" + again(), at, site -> true);
        if (told == null) {
            return null;
        }
        List<Submission> events = new ArrayList<>(told);
        if (!events.isEmpty() && Services.get().allSites().stream().anyMatch(JiraSite::isAutomaticDeployments)) {
            for (Map.Entry<String, String> stage : PastStages.of(run).entrySet()) {
                if (!addDeployments(run, stage.getKey(), stage.getValue(), at, preparer, events)) {
                    return null;
                }
            }
        }
        return events;
    }

    private String again() {
        int round = progress().round();
        return round == 0 ? "" : " " + round;
    }

    /** False: not now. */
    private boolean addDeployments(
            Run<?, ?> run, String stage, String state, Instant at, EventPreparer preparer, List<Submission> events)
            throws InterruptedException {
        for (JiraSite site : Services.get().allSites()) {
            String environment = StagePatterns.environment(site, stage);
            if (environment != null) {
                SendOptions deployment = new SendOptions(EventKind.DEPLOYMENT);
                deployment.environmentId(environment);
                deployment.environmentName(environment);
                deployment.state(state);
                List<Submission> told = preparer.prepareHistory(
                        run,
                        deployment,
                        "deployment " + environment + again(),
                        at,
                        other -> other.canonicalSite().equals(site.canonicalSite()));
                if (told == null) {
                    return false;
                }
                events.addAll(told);
            }
        }
        return true;
    }

    private void change(Progress other) {
        progress = other;
        savedAt = System.nanoTime();
        try {
            store.write(other.toMap());
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.WARNING, "How far the history of builds has come cannot be written down.", e);
        }
    }

    /** The real one. */
    private static final class ClientOutbox implements Outbox {
        private static final long COMMIT_SECONDS = 60;

        private final Delivery delivery = JiraSendClient.get().delivery();

        @Override
        public long submit(Submission event) throws IOException, InterruptedException {
            try {
                Receipt receipt = JiraSendClient.get()
                        .submit(event, Duration.ZERO)
                        .get(COMMIT_SECONDS, TimeUnit.SECONDS);
                return receipt.settled() ? 0 : receipt.id();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof JiraSendException refused && refused.kind() == JiraSendException.Code.DOCUMENT) {
                    LOGGER.log(Level.FINE, "A build of the past cannot be told of.", refused);
                    return 0; // it never will be
                }
                throw new IOException(e.getCause());
            } catch (TimeoutException e) {
                throw new IOException(e);
            }
        }

        @Override
        public boolean isOpen(long id) throws IOException {
            try {
                return delivery.isOpen(id);
            } catch (JiraSendException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void withdraw(long id) throws IOException {
            try {
                delivery.drop(id);
            } catch (JiraSendException e) {
                throw new IOException(e);
            }
        }
    }
}
