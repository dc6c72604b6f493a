package io.jenkins.plugins.jirasend.event;

import hudson.model.Job;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.facts.FactReader;
import io.jenkins.plugins.jirasend.facts.KeyHistory;
import io.jenkins.plugins.jirasend.nativecore.Sender;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/** What steps work with: the real sender, and in place of Jenkins' configuration a list of sites. */
public final class SandboxServices extends Services {
    private final Supplier<Sender> sender;
    private final List<JiraSite> sites;
    private final FactReader facts = new FactReader(List::of);
    private final Map<String, Object> files = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "timer of the lab");
        thread.setDaemon(true);
        return thread;
    });
    private final GatePoller gates;

    public SandboxServices(Executor executor, Supplier<Sender> sender, List<JiraSite> sites) {
        super(executor);
        this.sender = sender;
        this.sites = sites;
        this.gates = new GatePoller(() -> timer, executor, () -> System.nanoTime() / 1_000_000);
    }

    /** Jenkins' own timer does nothing here. */
    @Override
    public GatePoller gates() {
        return gates;
    }

    @Override
    public boolean terminating() {
        return false;
    }

    @Override
    public Sender sender() {
        return sender.get();
    }

    @Override
    public List<JiraSite> sites(String fullName, String named) throws UnknownSiteException {
        List<JiraSite> found = sites.stream()
                .filter(site -> named == null || site.canonicalSite().equals(named))
                .toList();
        if (found.isEmpty()) {
            throw new UnknownSiteException("There is no site " + named + " here.");
        }
        return found;
    }

    @Override
    public List<JiraSite> allSites() {
        return sites;
    }

    @Override
    public int defaultWait() {
        return 20;
    }

    @Override
    public String rootUrl() {
        return "https://ci.example.com/";
    }

    @Override
    public boolean disabled() {
        return false;
    }

    @Override
    public FactReader facts() {
        return facts;
    }

    @Override
    public Job<?, ?> job(String fullName) {
        return null;
    }

    /** There are no users here. */
    @Override
    public <T> T asSystem(Work<T> work) throws InterruptedException {
        return work.run();
    }

    /** In memory; Jenkins would keep it in a file beside the job. */
    @Override
    public KeyHistory history(Job<?, ?> job) {
        String name = job.getFullName();
        return new KeyHistory(new KeyHistory.Store() {
            @Override
            public boolean exists() {
                return files.containsKey(name);
            }

            @Override
            public Object read() {
                return files.get(name);
            }

            @Override
            public void write(Object content) {
                files.put(name, content);
            }
        });
    }
}
