package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Run;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.facts.IssueKeys;
import io.jenkins.plugins.jirasend.facts.KeyHistory;
import io.jenkins.plugins.jirasend.facts.Origins;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.facts.RunFacts;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Turns a wish ("tell Jira about this build") into event documents, one for each site, or into the
 * reasons why not. Reads files and may ask an agent.
 */
public final class EventPreparer {
    /** How many earlier builds are read when an environment is deployed to for the first time. */
    static final int SEED_BUILDS = 50;

    private static final Logger LOGGER = Logger.getLogger(EventPreparer.class.getName());

    private final Services services;

    public EventPreparer(Services services) {
        this.services = services;
    }

    /** What a step or action asked for: every refusal becomes a receipt. */
    public Prepared prepare(Run<?, ?> run, SendOptions options, RunContext context) throws InterruptedException {
        try {
            return tryToPrepare(run, options, context);
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.WARNING, e, () -> "An event of " + run + " could not be put together.");
            String site = shownSite(options.site());
            return new Prepared(
                    List.of(PreparedEvent.error(options, site, Messages.EventPreparer_Unforeseen(e.toString()))),
                    List.of());
        }
    }

    /** Of the name that a Jenkinsfile gives; it may hold a password, which belongs neither in a log nor in a result. */
    private static String shownSite(@CheckForNull String named) {
        return named == null ? "" : named.substring(named.lastIndexOf('@') + 1);
    }

    private Prepared tryToPrepare(Run<?, ?> run, SendOptions options, RunContext context)
            throws InterruptedException {
        List<JiraSite> sites;
        try {
            sites = services.sites(run.getParent().getFullName(), options.site());
        } catch (UnknownSiteException e) {
            String site = shownSite(options.site());
            return new Prepared(List.of(PreparedEvent.error(options, site, e.getMessage())), List.of());
        }
        if (sites.isEmpty()) {
            return new Prepared(List.of(), List.of(Messages.EventPreparer_NoSite()));
        }
        String obstacle = obstacle(options, sites);
        if (obstacle != null) {
            return new Prepared(errors(options, sites, obstacle), List.of());
        }
        List<String> notes = new ArrayList<>();
        String state = state(run, options);
        boolean gate = asksForGate(options);
        if (options.enableGating() && !gate) {
            notes.add(Messages.EventPreparer_GateNeedsPending(state));
        }
        return new Prepared(documents(run, options, context, sites, state, gate, -1), notes);
    }

    /**
     * An automatic event for some of the sites of a job.
     *
     * @param durationSeconds of a deployment; negative when unknown
     * @return nothing when it cannot be sent: nobody asked for it, so nobody is told
     */
    public List<PreparedEvent> prepareAutomatic(
            Run<?, ?> run, SendOptions options, RunContext context, Predicate<JiraSite> wanted, long durationSeconds)
            throws InterruptedException {
        List<JiraSite> sites;
        try {
            sites = services.sites(run.getParent().getFullName(), null).stream()
                    .filter(wanted)
                    .toList();
        } catch (UnknownSiteException e) {
            return List.of();
        }
        String obstacle = sites.isEmpty() ? null : obstacle(options, sites);
        if (sites.isEmpty() || obstacle != null) {
            if (obstacle != null) {
                LOGGER.fine(() -> "Nothing is sent automatically of " + run + ". " + obstacle);
            }
            return List.of();
        }
        return documents(run, options, context, sites, state(run, options), false, durationSeconds);
    }

    /** Why nothing at all can be submitted now, whatever it is about; null when it can. */
    @CheckForNull
    public String obstacle() {
        String unavailable = services.sender().unavailable();
        if (unavailable != null) {
            return unavailable;
        }
        return services.rootUrl() == null ? Messages.EventPreparer_NoRootUrl() : null;
    }

    @CheckForNull
    private String obstacle(SendOptions options, List<JiraSite> sites) {
        String general = obstacle();
        if (general != null) {
            return general;
        }
        if (options.kind() == EventKind.FLAG) {
            if (options.flagId() == null) {
                return Messages.EventPreparer_NoFlagId();
            }
            if (options.flagEnvironments().isEmpty()) {
                return Messages.EventPreparer_NoFlagEnvironment();
            }
        }
        if (options.kind() == EventKind.DEPLOYMENT) {
            if (options.environmentId() == null) {
                return Messages.EventPreparer_NoEnvironmentId();
            }
            if (options.environmentName() == null) {
                return Messages.EventPreparer_NoEnvironmentName();
            }
            if (asksForGate(options) && options.site() == null && sites.size() > 1) {
                return Messages.EventPreparer_GateNeedsSite();
            }
        }
        return null;
    }

    private static boolean asksForGate(SendOptions options) {
        return options.enableGating() && (options.state() == null || options.state().equals(State.PENDING));
    }

    private static List<PreparedEvent> errors(SendOptions options, List<JiraSite> sites, String message) {
        return sites.stream()
                .map(site -> PreparedEvent.error(options, site.canonicalSite(), message))
                .toList();
    }

    private static String state(Run<?, ?> run, SendOptions options) {
        if (options.kind() == EventKind.FLAG) {
            return "";
        }
        if (options.state() != null) {
            return options.state();
        }
        return options.enableGating() ? State.PENDING : State.of(run.getResult());
    }

    private List<PreparedEvent> documents(
            Run<?, ?> run,
            SendOptions options,
            RunContext context,
            List<JiraSite> sites,
            String state,
            boolean gate,
            long durationSeconds)
            throws InterruptedException {
        Instant now = Instant.now();
        boolean anyCase = services.anyCase(run);
        RunFacts facts = services.facts().read(run, context, options.branch());
        rememberHead(run, facts);
        if (context.workspace() != null && options.branch() == null) {
            SentEvents.markHeadKeys(run, IssueKeys.in(facts.keyText(), anyCase)); // the workspace will be gone
        }
        Set<String> texts = new LinkedHashSet<>(facts.keyText());
        List<PreparedEvent.Origin> origins = new ArrayList<>();
        if (options.issueKeys().isEmpty()) { // given keys are used alone
            if (options.branch() == null) {
                Set<String> known = IssueKeys.in(texts, anyCase);
                SentEvents.headKeys(run).stream().filter(key -> !known.contains(key)).forEach(texts::add);
            }
            List<Run<?, ?>> runs = new ArrayList<>(List.of(run));
            runs.addAll(Origins.of(run));
            for (Run<?, ?> origin : runs.subList(1, runs.size())) {
                texts.addAll(services.facts().read(origin, RunContext.none(), null).keyText());
                texts.addAll(SentEvents.headKeys(origin));
            }
            if (options.kind() == EventKind.DEPLOYMENT) {
                addHistory(runs, options.environmentId(), texts);
                runs.forEach(origin -> origins.add(
                        new PreparedEvent.Origin(origin.getParent().getFullName(), origin.getNumber())));
            }
        }
        EventDocument.Content content = new EventDocument.Content(
                run,
                services.rootUrl(),
                options,
                state,
                now,
                List.copyOf(texts),
                facts,
                gate,
                durationSeconds,
                false);
        List<String> keys = List.copyOf(IssueKeys.in(texts, anyCase));
        List<PreparedEvent> events = new ArrayList<>();
        for (JiraSite site : sites) {
            String requestId = UUID.randomUUID().toString();
            String pipelineId = SentEvents.pipelineId(run, site);
            String document = EventDocument.of(content, site, pipelineId, requestId);
            events.add(PreparedEvent.of(
                    options, site.canonicalSite(), state, pipelineId, requestId, document, gate, keys, origins));
        }
        return events;
    }

    /**
     * What a build of the past would have told, for the sites that are wanted; nothing when it names no issue.
     * Nothing but the build itself is looked at.
     *
     * @param thing names it beside the build, so that it is submitted once however often it is tried
     * @return null while nothing at all can be submitted: it has to be asked for again
     */
    @CheckForNull
    public List<Submission> prepareHistory(
            Run<?, ?> run, SendOptions options, String thing, Instant at, Predicate<JiraSite> wanted)
            throws InterruptedException {
        List<JiraSite> sites;
        try {
            sites = services.sites(run.getParent().getFullName(), null).stream()
                    .filter(wanted)
                    .toList();
        } catch (UnknownSiteException e) {
            return List.of();
        }
        if (sites.isEmpty()) {
            return List.of();
        }
        if (obstacle() != null) {
            return null;
        }
        RunFacts facts = services.facts().read(run, RunContext.none(), null);
        Set<String> texts = new LinkedHashSet<>(facts.keyText());
        texts.addAll(SentEvents.headKeys(run));
        if (IssueKeys.in(texts, services.anyCase(run)).isEmpty()) {
            return List.of();
        }
        EventDocument.Content content = new EventDocument.Content(
                run, services.rootUrl(), options, state(run, options), at, List.copyOf(texts), facts, false, -1, true);
        List<Submission> events = new ArrayList<>();
        for (JiraSite site : sites) {
            String pipelineId = site.pipelineId(run.getParent().getFullName());
            String name = site.canonicalSite() + " " + pipelineId + " #" + run.getNumber() + " " + thing;
            String requestId = "history-" + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
            events.add(new Submission(
                    options.kind().word(),
                    site.canonicalSite(),
                    requestId,
                    EventDocument.of(content, site, pipelineId, requestId)));
        }
        return events;
    }

    /** The message of the head of a pull request is in the workspace only, which will be gone. */
    private void rememberHead(Run<?, ?> run, RunFacts facts) {
        if (services.allSites().stream().noneMatch(JiraSite::isDevelopmentInformation)) {
            return;
        }
        String head = facts.git().head();
        facts.origins().forEach((text, origin) -> {
            if (head != null && head.equals(origin.commit())) {
                SentEvents.markHeadMessage(run, text);
            }
        });
    }

    /**
     * Development information of a run for the sites that want it.
     *
     * @param context with the workspace where there still is one
     */
    public List<DevelopmentNews> developmentNews(Run<?, ?> run, RunContext context) throws InterruptedException {
        List<JiraSite> sites;
        try {
            sites = services.sites(run.getParent().getFullName(), null).stream()
                    .filter(JiraSite::isDevelopmentInformation)
                    .toList();
        } catch (UnknownSiteException e) {
            return List.of();
        }
        if (sites.isEmpty() || services.sender().unavailable() != null) {
            return List.of();
        }
        RunFacts facts = services.facts().read(run, context, null);
        rememberHead(run, facts);
        Instant now = Instant.now();
        return sites.stream()
                .map(site -> DevelopmentNews.of(site, facts.git(), SentEvents.headMessage(run), now))
                .toList();
    }

    /** Adds what was built, but not yet deployed to the environment; else what is deployed again. */
    private void addHistory(List<Run<?, ?>> runs, String environmentId, Set<String> texts)
            throws InterruptedException {
        boolean anyCase = services.anyCase(runs.get(0));
        boolean ownKeys = !IssueKeys.in(texts, anyCase).isEmpty();
        Set<String> waiting = new LinkedHashSet<>();
        Set<String> again = new LinkedHashSet<>();
        for (Run<?, ?> run : runs) {
            KeyHistory.Pending pending = services.history(run.getParent())
                    .pending(environmentId, run.getNumber(), () -> earlierKeys(run));
            waiting.addAll(pending.waiting());
            if (pending.lastNumber() == run.getNumber()) {
                waiting.addAll(pending.last()); // told before by this very build: Jira would forget them
            }
            again.addAll(pending.last());
        }
        texts.addAll(ownKeys || !waiting.isEmpty() ? waiting : again);
    }

    /** What looks like an issue key in what a run, finished or not, was built from. */
    public Set<String> keys(Run<?, ?> run) throws InterruptedException {
        Set<String> keys = new LinkedHashSet<>(
                IssueKeys.in(services.facts().read(run, RunContext.none(), null).keyText(), services.anyCase(run)));
        keys.addAll(SentEvents.headKeys(run));
        return keys;
    }

    /** Reads the builds before this one, oldest first. */
    private Map<String, Integer> earlierKeys(Run<?, ?> run) throws InterruptedException {
        List<Run<?, ?>> earlier = new ArrayList<>();
        Run<?, ?> previous = run.getPreviousBuild();
        while (previous != null && earlier.size() < SEED_BUILDS) {
            earlier.add(0, previous);
            previous = previous.getPreviousBuild();
        }
        Map<String, Integer> keys = new LinkedHashMap<>();
        for (Run<?, ?> build : earlier) {
            Collection<String> found = keys(build);
            found.forEach(key -> keys.putIfAbsent(key, build.getNumber()));
        }
        return keys;
    }
}
