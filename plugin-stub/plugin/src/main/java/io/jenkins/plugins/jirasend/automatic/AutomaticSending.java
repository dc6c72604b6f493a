package io.jenkins.plugins.jirasend.automatic;

import hudson.FilePath;
import hudson.model.AbstractBuild;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.event.Console;
import io.jenkins.plugins.jirasend.event.EventKind;
import io.jenkins.plugins.jirasend.event.EventPreparer;
import io.jenkins.plugins.jirasend.event.EventSubmitter;
import io.jenkins.plugins.jirasend.event.PreparedEvent;
import io.jenkins.plugins.jirasend.event.SendOptions;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import io.jenkins.plugins.jirasend.event.State;
import io.jenkins.plugins.jirasend.facts.RunContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;

/** Sends what nobody asked for in a Jenkinsfile. Everything here runs in the queue of the run. */
final class AutomaticSending {
    private static final Logger LOGGER = Logger.getLogger(AutomaticSending.class.getName());

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

    /**
     * The log is about to be closed, so Jira's answer is not waited for.
     *
     * @return done when the log has its lines
     */
    CompletableFuture<Void> buildCompleted(Run<?, ?> run, TaskListener listener) {
        SendOptions options = build(State.of(run.getResult()));
        return send(run, options, workspace(run), listener, AutomaticSending::isWholeBuild, -1, Duration.ZERO, event -> {});
    }

    void stageBegan(Run<?, ?> run, FlowExecution execution, OpenStage stage, TaskListener listener) {
        try {
            if (StageNodes.isSkipped(execution, stage)) {
                return;
            }
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
     * @param wait for Jira's answer, to be printed
     * @return done when the log has its lines
     */
    CompletableFuture<Void> stageEnded(
            Run<?, ?> run, FlowExecution execution, OpenStage stage, TaskListener listener, Duration wait) {
        List<CompletableFuture<Void>> lines = new ArrayList<>();
        try {
            boolean skipped = StageNodes.isSkipped(execution, stage);
            String state = skipped ? State.CANCELLED : StageNodes.state(execution, stage, run.getResult());
            FilePath workspace = StageNodes.workspace(execution, stage);
            if (!skipped) {
                lines.add(send(
                        run,
                        build(state),
                        workspace,
                        listener,
                        site -> StagePatterns.isBuildStage(site, stage.name()),
                        -1,
                        wait,
                        event -> {}));
            }
            long seconds = Math.max(0, (System.currentTimeMillis() - stage.begunAt()) / 1000);
            for (String environment : stage.isBegun() ? environments(run, stage) : Set.<String>of()) {
                Predicate<JiraSite> wanted = site ->
                        environment.equals(StagePatterns.environment(site, stage.name()))
                                && (!skipped || stage.isTold(site.canonicalSite(), environment));
                lines.add(send(
                        run, deployment(environment, state), workspace, listener, wanted, seconds, wait, event -> {}));
            }
        } catch (IOException e) {
            LOGGER.log(Level.WARNING, e, () -> "Cannot read the stages of " + run + ".");
        }
        return all(lines);
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

    /** @return done when the log has its lines */
    private CompletableFuture<Void> send(
            Run<?, ?> run,
            SendOptions options,
            FilePath workspace,
            TaskListener listener,
            Predicate<JiraSite> wanted,
            long durationSeconds,
            Duration wait,
            Sent sent) {
        List<CompletableFuture<Void>> lines = new ArrayList<>();
        try {
            RunContext context = new RunContext(workspace, null, TaskListener.NULL);
            for (PreparedEvent event : preparer.prepareAutomatic(run, options, context, wanted, durationSeconds)) {
                if (SentEvents.isEnded(run, event)) {
                    continue; // a step or action has told how it ended
                }
                lines.add(submitter.submitAutomatic(run, event, wait).thenAccept(receipt -> Console.print(
                        listener, run, event.kind(), event.environmentId(), receipt)));
                sent.event(event);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return all(lines);
    }

    static CompletableFuture<Void> all(List<CompletableFuture<Void>> lines) {
        return CompletableFuture.allOf(lines.toArray(new CompletableFuture<?>[0]));
    }

    private interface Sent {
        void event(PreparedEvent event);
    }
}
