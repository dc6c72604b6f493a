package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.TopLevelItem;
import hudson.model.listeners.RunListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;

/** Tells of the start and the end of builds, and closes the stages that a build leaves open. */
@Extension
public final class AutomaticRunListener extends RunListener<Run<?, ?>> {
    private static final Logger LOGGER = Logger.getLogger(AutomaticRunListener.class.getName());

    /** Beyond the time that Jira is given to answer: what has to be put together and printed. */
    private static final int LOG_SECONDS = 2;

    @Override
    public void onStarted(Run<?, ?> run, TaskListener listener) {
        Services services = Services.get();
        if (isOfInterest(run) && tellsBuilds(services)) {
            services.queue().add(run.getExternalizableId(), () ->
                    new AutomaticSending(services).buildStarted(run, listener));
        }
    }

    @Override
    public void onCompleted(Run<?, ?> run, @NonNull TaskListener listener) {
        if (!isOfInterest(run)) {
            return;
        }
        Services services = Services.get();
        String id = run.getExternalizableId();
        boolean told = services.queue().isBusy(id) || !services.openLines().isEmpty(id); // what is busy may add a line
        boolean history = services.history(run.getParent()).exists();
        boolean waits = SentEvents.isAwaited(run);
        if (OpenStages.of(run).isEmpty() && !waits && !told && !history && !tellsBuilds(services)
                && !tellsDevelopment(services)) {
            services.openLines().forget(id);
            return;
        }
        AutomaticSending sending = new AutomaticSending(services);
        CompletableFuture<Void> done = services.queue().start(id, () -> {
            closeStages(run, sending, listener);
            SentEvents.takeAwaited(run).forEach(gate -> sending.gateAbandoned(run, gate, listener));
            sending.buildCompleted(run, listener);
            sending.developmentOf(run, listener);
            sending.remember(run);
            // Those of the stages before, too: the log is closed after this.
            return services.openLines().all(id).thenRun(() -> services.openLines().forget(id));
        });
        awaitLog(done, sending.timeToWaitAtTheEnd().plusSeconds(LOG_SECONDS));
    }

    private static boolean isOfInterest(Run<?, ?> run) {
        return run.getParent() instanceof TopLevelItem;
    }

    private static boolean tellsBuilds(Services services) {
        return services.allSites().stream()
                .anyMatch(site -> site.isAutomaticBuilds() && !StagePatterns.hasBuildStages(site));
    }

    private static boolean tellsDevelopment(Services services) {
        return services.allSites().stream().anyMatch(JiraSite::isDevelopmentInformation);
    }

    /** After a hard kill there is no graph any more, and the run's own result is all that is known. */
    private static void closeStages(Run<?, ?> run, AutomaticSending sending, TaskListener listener) {
        FlowExecution execution = StageListener.execution(run);
        List<OpenStage> open = OpenStages.take(run, stage -> true);
        if (open.isEmpty()) {
            return;
        }
        open.forEach(stage -> sending.stageEnded(run, execution, stage, listener, sending.timeToWaitAtTheEnd()));
        SentEvents.save(run);
    }

    private static void awaitLog(CompletableFuture<Void> done, Duration limit) {
        try {
            done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.log(Level.FINE, "The events of a finished build are still being sent.", e);
        }
    }
}
