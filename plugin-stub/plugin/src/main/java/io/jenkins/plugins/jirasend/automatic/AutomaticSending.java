package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.FilePath;
import hudson.model.AbstractBuild;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.event.Console;
import io.jenkins.plugins.jirasend.event.DevelopmentNews;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.EventPreparer;
import io.jenkins.plugins.jirasend.event.EventSubmitter;
import io.jenkins.plugins.jirasend.event.PreparedEvent;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.event.State;
import io.jenkins.plugins.jirasend.facts.RunContext;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;

/** Sends what nobody asked for in a Jenkinsfile. Everything here runs in the queue of the run. */
final class AutomaticSending {
    private static final Logger LOGGER = Logger.getLogger(AutomaticSending.class.getName());

    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private final Services services;
    private final EventPreparer preparer;
    private final EventSubmitter submitter;

    AutomaticSending(Services services) {
        this.services = services;
        this.preparer = new EventPreparer(services);
        this.submitter = new EventSubmitter(services);
    }

    void buildStarted(Run<?, ?> run, TaskListener listener) {
        SendOptions options = build(State.IN_PROGRESS);
        send(run, options, workspace(run), listener, AutomaticSending::isWholeBuild, -1, timeToWait(), event -> {});
    }

    /** The log is about to be closed, so Jira's answer is waited for only as long as it may stay open. */
    void buildCompleted(Run<?, ?> run, TaskListener listener) {
        SendOptions options = build(State.of(run.getResult()));
        send(
                run,
                options,
                workspace(run),
                listener,
                AutomaticSending::isWholeBuild,
                -1,
                timeToWaitAtTheEnd(),
                event -> {});
    }

    void stageBegan(Run<?, ?> run, FlowExecution execution, OpenStage stage, TaskListener listener) {
        try {
            if (StageNodes.isSkipped(execution, stage)) {
                return;
            }
            LOGGER.fine(() -> "The stage " + stage.name() + " of " + run + " does something now.");
            FilePath workspace = StageNodes.workspace(execution, stage);
            for (String environment : environments(run, stage)) {
                send(
                        run,
                        deployment(environment, State.IN_PROGRESS),
                        workspace,
                        listener,
                        site -> environment.equals(StagePatterns.environment(site, stage.name())),
                        -1,
                        timeToWait(),
                        event -> stage.tell(event.site(), environment));
            }
        } catch (IOException e) {
            LOGGER.log(Level.WARNING, e, () -> "Cannot read the stages of " + run + ".");
        }
    }

    /**
     * @param execution the graph of the run; null when there is none any more
     * @param wait for Jira's answer, to be printed
     */
    void stageEnded(
            Run<?, ?> run,
            @CheckForNull FlowExecution execution,
            OpenStage stage,
            TaskListener listener,
            Duration wait) {
        End end = end(run, execution, stage);
        LOGGER.fine(() -> "The stage " + stage.name() + " of " + run + " has ended: "
                + (end.skipped() ? "skipped" : end.state()) + ".");
        if (!end.skipped()) {
            Predicate<JiraSite> wanted = site -> StagePatterns.isBuildStage(site, stage.name());
            send(run, build(end.state()), end.workspace(), listener, wanted, -1, wait, event -> {});
        }
        long seconds = Math.max(0, (System.currentTimeMillis() - stage.begunAt()) / 1000);
        for (String environment : stage.isBegun() ? environments(run, stage) : Set.<String>of()) {
            Predicate<JiraSite> wanted = site -> environment.equals(StagePatterns.environment(site, stage.name()))
                    && (!end.skipped() || stage.isTold(site.canonicalSite(), environment));
            SendOptions options = deployment(environment, end.state());
            send(run, options, end.workspace(), listener, wanted, seconds, wait, event -> {});
        }
    }

    /** How a stage ended. */
    private record End(boolean skipped, String state, @CheckForNull FilePath workspace) {}

    /** Without a graph that can be read the stage ended as the run did: better that than never. */
    private static End end(Run<?, ?> run, @CheckForNull FlowExecution execution, OpenStage stage) {
        if (execution != null) {
            try {
                return StageNodes.isSkipped(execution, stage)
                        ? new End(true, State.CANCELLED, StageNodes.workspace(execution, stage))
                        : new End(
                                false,
                                StageNodes.state(execution, stage, run.getResult()),
                                StageNodes.workspace(execution, stage));
            } catch (IOException | RuntimeException e) {
                LOGGER.log(Level.WARNING, e, () -> "Cannot read the stages of " + run + ".");
            }
        }
        return new End(false, run.getResult() == null ? State.UNKNOWN : State.of(run.getResult()), null);
    }

    /** The run ends while a step of it waits for a gate: nobody will make this deployment. */
    void gateAbandoned(Run<?, ?> run, SendOptions cancelled, TaskListener listener) {
        send(
                run,
                cancelled,
                null,
                listener,
                site -> site.canonicalSite().equals(cancelled.site()),
                -1,
                timeToWaitAtTheEnd(),
                event -> {});
    }

    /** Commits, branch and pull request of a build that is over. The console has a line for each kind and site. */
    void developmentOf(Run<?, ?> run, TaskListener listener) {
        try {
            boolean said = false;
            for (DevelopmentNews news : preparer.developmentNews(run, new RunContext(workspace(run), null, TaskListener.NULL))) {
                if (news.isLinkless() && !said) {
                    said = true; // once, whatever the number of sites and commits
                    Console.note(listener, Messages.AutomaticSending_NoLink());
                }
                Map<String, List<Submission>> kinds = new LinkedHashMap<>();
                news.events().forEach(event ->
                        kinds.computeIfAbsent(event.kind(), unused -> new ArrayList<>()).add(event));
                kinds.values().forEach(events -> submit(run, events, listener));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void submit(Run<?, ?> run, List<Submission> events, TaskListener listener) {
        List<CompletableFuture<Receipt>> receipts = events.stream()
                .map(event -> submitter.submit(event, timeToWaitAtTheEnd()))
                .toList();
        services.openLines().add(
                run.getExternalizableId(),
                CompletableFuture.allOf(receipts.toArray(new CompletableFuture<?>[0]))
                        .thenRun(() -> Console.printMany(
                                listener,
                                events.get(0).kind(),
                                receipts.stream().map(CompletableFuture::join).toList())));
    }

    /** A finished build's keys wait for deployments to come. */
    void remember(Run<?, ?> run) {
        try {
            services.history(run.getParent()).built(run.getNumber(), preparer.keys(run));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Duration timeToWait() {
        return Duration.ofSeconds(Math.max(0, services.defaultWait()));
    }

    /** Whoever sets a long time to wait means steps, not how long the end of a build may take. */
    Duration timeToWaitAtTheEnd() {
        Duration wait = timeToWait();
        return wait.compareTo(LONGEST_END) > 0 ? LONGEST_END : wait;
    }

    private static boolean isWholeBuild(JiraSite site) {
        return site.isAutomaticBuilds() && !StagePatterns.hasBuildStages(site);
    }

    private static SendOptions build(String state) {
        SendOptions options = new SendOptions(EventKind.BUILD);
        options.state(state);
        return options;
    }

    private static SendOptions deployment(String environment, String state) {
        SendOptions options = new SendOptions(EventKind.DEPLOYMENT);
        options.environmentId(environment);
        options.environmentName(environment);
        options.state(state);
        return options;
    }

    /** Sites may have patterns of their own, and so find different environments in one name. */
    private Set<String> environments(Run<?, ?> run, OpenStage stage) {
        Set<String> environments = new LinkedHashSet<>();
        try {
            for (JiraSite site : services.sites(run.getParent().getFullName(), null)) {
                String environment = StagePatterns.environment(site, stage.name());
                if (environment != null) {
                    environments.add(environment);
                }
            }
        } catch (UnknownSiteException none) {
            environments.clear(); // no site takes events of this job
        }
        return environments;
    }

    private static FilePath workspace(Run<?, ?> run) {
        return run instanceof AbstractBuild<?, ?> build ? build.getWorkspace() : null;
    }

    private void send(
            Run<?, ?> run,
            SendOptions options,
            FilePath workspace,
            TaskListener listener,
            Predicate<JiraSite> wanted,
            long durationSeconds,
            Duration wait,
            Sent sent) {
        try {
            RunContext context = new RunContext(workspace, null, TaskListener.NULL);
            for (PreparedEvent event : preparer.prepareAutomatic(run, options, context, wanted, durationSeconds)) {
                if (SentEvents.isEnded(run, event)) {
                    LOGGER.fine(() -> "A step has told how " + run + " ended; nothing is added to it.");
                    continue;
                }
                services.openLines().add(
                        run.getExternalizableId(),
                        submitter.submitAutomatic(run, event, wait)
                                .thenAccept(receipt -> print(listener, run, event, receipt)));
                sent.event(event);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** That a run names no issue is said once, by the first that ends: nobody asked for these events. */
    private void print(TaskListener listener, Run<?, ?> run, PreparedEvent event, Receipt receipt) {
        if (Receipt.SKIPPED.equals(receipt.status())
                && (State.IN_PROGRESS.equals(event.state())
                        || !services.openLines().isNew(run.getExternalizableId(), receipt.message()))) {
            LOGGER.fine(() -> event.kind().word() + " of " + run + ", " + event.state() + ", is told to nobody. "
                    + receipt.message());
            return;
        }
        Console.print(listener, run, event.kind(), event.environmentId(), event.state(), receipt);
    }

    private interface Sent {
        void event(PreparedEvent event);
    }
}
