package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.ExtensionList;
import hudson.model.Job;
import hudson.model.Run;
import hudson.security.ACL;
import hudson.security.ACLContext;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.SiteSelection;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.facts.FactReader;
import io.jenkins.plugins.jirasend.facts.FactSource;
import io.jenkins.plugins.jirasend.facts.KeyHistory;
import io.jenkins.plugins.jirasend.nativecore.DaemonThreads;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import io.jenkins.plugins.jirasend.nativecore.Sender;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import jenkins.model.Jenkins;
import jenkins.model.JenkinsLocationConfiguration;
import jenkins.util.Timer;
import jenkins.security.ImpersonatingExecutorService;

/**
 * What steps, actions and listeners work with. They are made by Jenkins and by deserialization, so
 * nothing can be handed to them; they ask here, and tests put something else in its place.
 */
public class Services {
    private static Services instance;

    private final Executor pool;
    private final RunQueue queue;
    private final RunLines lines = new RunLines();
    private final GatePoller gates;
    private final FactReader facts = new FactReader(() -> ExtensionList.lookup(FactSource.class));

    public Services() {
        this(newPool());
    }

    protected Services(Executor pool) {
        this.pool = pool;
        this.queue = new RunQueue(pool);
        this.gates = new GatePoller(Timer::get, pool, () -> System.nanoTime() / 1_000_000);
    }

    public static synchronized Services get() {
        if (instance == null) {
            instance = new Services();
        }
        return instance;
    }

    /** For tests; null brings the real ones back. */
    public static synchronized void replace(@CheckForNull Services other) {
        instance = other;
    }

    public Sender sender() {
        return JiraSendClient.get();
    }

    /** The sites for a job: the named one, or all that take events of it. */
    public List<JiraSite> sites(String fullName, @CheckForNull String named) throws UnknownSiteException {
        return SiteSelection.forJob(fullName, named);
    }

    /** All sites, whatever jobs they take; quick, for who asks often. */
    public List<JiraSite> allSites() {
        return JiraSendConfiguration.get().getSites();
    }

    /** Whether any site takes keys in lower case, too. */
    public boolean anyCase(Run<?, ?> run) {
        return allSites().stream().anyMatch(JiraSite::isAnyCase);
    }

    /** Seconds that a step waits when it does not say how long. */
    public int defaultWait() {
        return JiraSendConfiguration.get().getWait();
    }

    /** The address of this controller with a slash at its end, or null when nobody has set it. */
    @CheckForNull
    public String rootUrl() {
        String url = JenkinsLocationConfiguration.get().getUrl();
        if (url == null || url.isBlank()) {
            return null;
        }
        return url.endsWith("/") ? url : url + "/";
    }

    /** Switched off by the administrator; builds stay green whatever they ask for. */
    public boolean disabled() {
        return Boolean.getBoolean("io.jenkins.plugins.jirasend.disabled");
    }

    /** Jenkins is on its way down, and Pipelines go on after the next start only. */
    public boolean terminating() {
        return JiraSendClient.get().isStopped(); // earlier than Jenkins itself says so
    }

    /** The keys of a job's builds that wait to be deployed. */
    public KeyHistory history(Job<?, ?> job) {
        return KeyHistory.in(job.getRootDir());
    }

    /** A job by its full name; null when it is gone. */
    @CheckForNull
    public Job<?, ?> job(String fullName) {
        return Jenkins.get().getItemByFullName(fullName, Job.class);
    }

    public FactReader facts() {
        return facts;
    }

    /** For work that reads files or asks agents. It runs with the authority of the system. */
    public Executor pool() {
        return pool;
    }

    public RunQueue queue() {
        return queue;
    }

    public GatePoller gates() {
        return gates;
    }

    /** The time of the day, for what outlives Jenkins. */
    public long now() {
        return System.currentTimeMillis();
    }

    public RunLines openLines() {
        return lines;
    }

    /** What reads other jobs: a build may run as a user, who need not see them. */
    public <T> T asSystem(Work<T> work) throws InterruptedException {
        try (ACLContext unused = ACL.as2(ACL.SYSTEM2)) {
            return work.run();
        }
    }

    /** Something to be done with another authority. */
    public interface Work<T> {
        T run() throws InterruptedException;
    }

    private static Executor newPool() {
        // Enough that a few slow agents do not hold up everybody. Idle threads end.
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                8, 8, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), new DaemonThreads("jirasend events"));
        executor.allowCoreThreadTimeOut(true);
        return new ImpersonatingExecutorService(executor, ACL.SYSTEM2);
    }
}
