package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.TopLevelItem;
import hudson.model.listeners.RunListener;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import java.time.Duration;
import java.util.ArrayList;
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

    /** For the last lines of the log; the events themselves are not waited for. */
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
        List<OpenStage> open = OpenStages.of(run);
        boolean history = services.history(run.getParent()).exists();
        if (open.isEmpty() && !history && !tellsBuilds(services)) {
            return;
        }
        CompletableFuture<Void> done = services.queue().start(run.getExternalizableId(), () -> {
            AutomaticSending sending = new AutomaticSending(services);
            List<CompletableFuture<Void>> lines = closeStages(run, sending, listener);
            lines.add(sending.buildCompleted(run, listener));
            sending.remember(run);
            return AutomaticSending.all(lines);
        });
        awaitLog(done);
    }

    private static boolean isOfInterest(Run<?, ?> run) {
        return run.getParent() instanceof TopLevelItem;
    }

    private static boolean tellsBuilds(Services services) {
        return services.allSites().stream()
                .anyMatch(site -> site.isAutomaticBuilds() && !StagePatterns.hasBuildStages(site));
    }

    private static List<CompletableFuture<Void>> closeStages(
            Run<?, ?> run, AutomaticSending sending, TaskListener listener) {
        List<CompletableFuture<Void>> lines = new ArrayList<>();
        FlowExecution execution = StageListener.execution(run);
        List<OpenStage> open = OpenStages.take(run, stage -> true);
        if (open.isEmpty() || execution == null) {
            return lines;
        }
        open.forEach(stage -> lines.add(sending.stageEnded(run, execution, stage, listener, Duration.ZERO)));
        SentEvents.save(run);
        return lines;
    }

    private static void awaitLog(CompletableFuture<Void> done) {
        try {
            done.get(LOG_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.log(Level.FINE, "The events of a finished build are still being sent.", e);
        }
    }
}
