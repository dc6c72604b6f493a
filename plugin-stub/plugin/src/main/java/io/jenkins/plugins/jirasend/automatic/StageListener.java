package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import java.io.IOException;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;
import org.jenkinsci.plugins.workflow.flow.FlowExecutionOwner;
import org.jenkinsci.plugins.workflow.flow.GraphListener;
import org.jenkinsci.plugins.workflow.graph.BlockEndNode;
import org.jenkinsci.plugins.workflow.graph.FlowNode;

/**
 * Follows the stages of Pipelines. It is called on the thread that runs the Pipeline, so it only
 * notes what happened; everything else is done in the queue of the run.
 */
@Extension
public final class StageListener implements GraphListener {
    private static final Logger LOGGER = Logger.getLogger(StageListener.class.getName());

    @Override
    public void onNewHead(FlowNode node) {
        try {
            FlowExecution execution = node.getExecution();
            if (execution.getOwner().getExecutable() instanceof Run<?, ?> run) {
                follow(Services.get(), run, execution, node);
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.WARNING, "A stage could not be followed.", e);
        }
    }

    /** The graph of a Pipeline's run; null for other runs, and when it cannot be loaded. */
    @CheckForNull
    static FlowExecution execution(Run<?, ?> run) {
        if (run instanceof FlowExecutionOwner.Executable executable) {
            FlowExecutionOwner owner = executable.asFlowExecutionOwner();
            return owner == null ? null : owner.getOrNull();
        }
        return null;
    }

    private static void follow(Services services, Run<?, ?> run, FlowExecution execution, FlowNode node)
            throws IOException {
        String stage = StageNodes.stageName(node);
        if (stage != null) {
            if (isWatched(services, run, stage)) {
                OpenStages.add(run, new OpenStage(node.getId(), stage));
                services.queue().add(run.getExternalizableId(), () -> SentEvents.save(run));
            }
            return;
        }
        List<OpenStage> open = OpenStages.of(run);
        if (open.isEmpty()) {
            return;
        }
        judge(services, run, execution, node);
        if (node instanceof BlockEndNode<?> end) {
            close(services, run, end);
        } else if (StageNodes.isWork(node)) {
            begin(services, run, execution, node);
        }
    }

    private static boolean isWatched(Services services, Run<?, ?> run, String stage) {
        if (services.allSites().stream().noneMatch(StagePatterns::watchesStages)) {
            return false;
        }
        try {
            for (JiraSite site : services.sites(run.getParent().getFullName(), null)) {
                if (StagePatterns.isBuildStage(site, stage) || StagePatterns.environment(site, stage) != null) {
                    return true;
                }
            }
        } catch (UnknownSiteException e) {
            return false;
        }
        return false;
    }

    private static void begin(Services services, Run<?, ?> run, FlowExecution execution, FlowNode node)
            throws IOException {
        List<String> enclosing = node.getAllEnclosingIds();
        for (OpenStage stage : OpenStages.of(run)) {
            if (!stage.isBegun() && enclosing.contains(stage.startId())) {
                stage.begin(System.currentTimeMillis(), node.getId());
                TaskListener listener = execution.getOwner().getListener();
                services.queue().add(run.getExternalizableId(), () -> {
                    new AutomaticSending(services).stageBegan(run, execution, stage, listener);
                    SentEvents.save(run);
                });
            }
        }
    }

    private static void close(Services services, Run<?, ?> run, BlockEndNode<?> end) {
        String startId = end.getStartNode().getId();
        for (OpenStage stage : OpenStages.of(run)) {
            if (stage.startId().equals(startId)) {
                stage.close(end.getId());
                services.queue().add(run.getExternalizableId(), () -> SentEvents.save(run));
            }
        }
    }

    /** The node after the end of a stage is there, and with it all that there is to know of the stage. */
    private static void judge(Services services, Run<?, ?> run, FlowExecution execution, FlowNode node)
            throws IOException {
        List<String> parents = node.getParentIds();
        List<OpenStage> ended =
                OpenStages.take(run, stage -> stage.endId() != null && parents.contains(stage.endId()));
        if (ended.isEmpty()) {
            return;
        }
        TaskListener listener = execution.getOwner().getListener();
        services.queue().add(run.getExternalizableId(), () -> {
            AutomaticSending sending = new AutomaticSending(services);
            ended.forEach(stage -> sending.stageEnded(run, execution, stage, listener, sending.timeToWait()));
            SentEvents.save(run);
        });
    }
}
