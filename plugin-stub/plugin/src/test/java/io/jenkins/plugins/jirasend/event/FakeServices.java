package io.jenkins.plugins.jirasend.event;

import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.lenient;
import static org.mockito.Mockito.mock;

import hudson.EnvVars;
import hudson.model.AbstractBuild;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Job;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.facts.FactReader;
import io.jenkins.plugins.jirasend.facts.FactSource;
import io.jenkins.plugins.jirasend.facts.KeyHistory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** Jenkins and the core as far as events need them, without either. */
public class FakeServices extends Services {
    public int defaultWait = 10;
    public final FakeTimer timer = new FakeTimer();
    private final GatePoller gates = new GatePoller(() -> timer.service, Runnable::run, () -> timer.now);
    public final FakeSender sender = new FakeSender();
    public final List<JiraSite> sites = new ArrayList<>();
    public final List<FactSource> sources = new ArrayList<>();
    public final Map<String, Job<?, ?>> jobs = new HashMap<>();
    public final ByteArrayOutputStream log = new ByteArrayOutputStream();
    public volatile String rootUrl = "https://ci.example.com/";
    public boolean disabled;
    public boolean terminating;
    /** The history of keys cannot be written. */
    public boolean forgetful;
    /** Whether work is being done with the authority of the system. */
    public boolean system;

    private final Map<String, Object> files = new HashMap<>();
    private final FactReader reader = new FactReader(() -> sources);

    public FakeServices() {
        this(Runnable::run);
    }

    public FakeServices(Executor executor) {
        super(executor);
    }

    public JiraSite addSite(String name) {
        JiraSite site = mock(JiraSite.class);
        lenient().when(site.getSite()).thenReturn(name);
        lenient().when(site.canonicalSite()).thenReturn(name);
        lenient().when(site.getIdPrefix()).thenReturn("");
        lenient().when(site.pipelineId(anyString())).thenCallRealMethod();
        lenient().when(site.getAutomaticBuildStages()).thenReturn("");
        lenient().when(site.getDeploymentStages()).thenReturn("deploy to (?<envName>.*)");
        sites.add(site);
        return site;
    }

    public TaskListener listener() {
        TaskListener listener = mock(TaskListener.class);
        lenient().when(listener.getLogger()).thenReturn(new PrintStream(log, true, StandardCharsets.UTF_8));
        return listener;
    }

    public List<String> lines() {
        return log.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** A build of a freestyle job, with the variables of its environment. */
    public AbstractBuild<?, ?> build(String job, int number, Map<String, String> variables) {
        FreeStyleBuild build = mock(FreeStyleBuild.class);
        Runs.prepare(build, job(job, FreeStyleProject.class), number, new EnvVars(variables));
        return build;
    }

    public <T extends Job<?, ?>> T job(String name, Class<T> type) {
        return type.cast(jobs.computeIfAbsent(name, unused -> Runs.job(type, name)));
    }

    @Override
    public FakeSender sender() {
        return sender;
    }

    @Override
    public List<JiraSite> sites(String fullName, String named) throws UnknownSiteException {
        if (named == null) {
            return List.copyOf(sites);
        }
        for (JiraSite site : sites) {
            if (site.canonicalSite().equals(named)) {
                return List.of(site);
            }
        }
        throw new UnknownSiteException("There is no site " + named + ".");
    }

    @Override
    public List<JiraSite> allSites() {
        return sites;
    }

    @Override
    public GatePoller gates() {
        return gates;
    }

    @Override
    public long now() {
        return timer.now;
    }

    @Override
    public int defaultWait() {
        return defaultWait;
    }

    @Override
    public String rootUrl() {
        return rootUrl;
    }

    @Override
    public boolean disabled() {
        return disabled;
    }

    @Override
    public boolean terminating() {
        return terminating;
    }

    @Override
    public <T> T asSystem(Work<T> work) throws InterruptedException {
        system = true;
        try {
            return work.run();
        } finally {
            system = false;
        }
    }

    @Override
    public FactReader facts() {
        return reader;
    }

    @Override
    public Job<?, ?> job(String fullName) {
        return jobs.get(fullName);
    }

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
                if (forgetful) {
                    throw new IllegalStateException("no history");
                }
                files.put(name, content);
            }
        });
    }
}
