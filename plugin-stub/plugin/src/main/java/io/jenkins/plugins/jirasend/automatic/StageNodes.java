package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.FilePath;
import hudson.model.Result;
import io.jenkins.plugins.jirasend.event.State;
import java.io.IOException;
import java.util.Set;
import org.jenkinsci.plugins.workflow.actions.ErrorAction;
import org.jenkinsci.plugins.workflow.actions.LabelAction;
import org.jenkinsci.plugins.workflow.actions.TagsAction;
import org.jenkinsci.plugins.workflow.actions.WarningAction;
import org.jenkinsci.plugins.workflow.actions.WorkspaceAction;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;
import org.jenkinsci.plugins.workflow.graph.BlockEndNode;
import org.jenkinsci.plugins.workflow.graph.BlockStartNode;
import org.jenkinsci.plugins.workflow.graph.FlowNode;
import org.jenkinsci.plugins.workflow.graph.StepNode;
import org.jenkinsci.plugins.workflow.graphanalysis.DepthFirstScanner;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;
import org.jenkinsci.plugins.workflow.steps.StepDescriptor;

/** Reads stages out of the graph of a Pipeline. */
final class StageNodes {
    /**
     * Steps that prepare or ask, but do nothing yet. Declarative opens a stage before it looks at
     * {@code when} and {@code input}, and runs getContext also inside a stage that it skips. Its
     * options open blocks before them, too.
     */
    static final Set<String> PREPARING =
            Set.of(
                    "stage", "node", "checkout", "input", "withEnv", "withCredentials", "getContext",
                    "timeout", "timestamps", "retry", "lock");

    /** As Declarative marks stages. */
    private static final String STATUS_TAG = "STAGE_STATUS";

    private static final String SKIPPED = "SKIPPED_FOR_";

    private StageNodes() {}

    /** The name of the stage whose body a node opens; null for every other node. */
    @CheckForNull
    static String stageName(FlowNode node) {
        if (!(node instanceof BlockStartNode) || !"stage".equals(function(node))) {
            return null;
        }
        LabelAction label = node.getPersistentAction(LabelAction.class);
        return label == null ? null : label.getDisplayName();
    }

    /** A step that shows that its stage really runs. */
    static boolean isWork(FlowNode node) {
        if (node instanceof BlockEndNode) {
            return false;
        }
        String function = function(node);
        return function != null && !PREPARING.contains(function);
    }

    static boolean isSkipped(FlowExecution execution, OpenStage stage) throws IOException {
        FlowNode start = execution.getNode(stage.startId());
        TagsAction tags = start == null ? null : start.getPersistentAction(TagsAction.class);
        String status = tags == null ? null : tags.getTagValue(STATUS_TAG);
        return status != null && status.startsWith(SKIPPED);
    }

    /**
     * How a stage went. Only to be asked when a later node is there, or the run is over: the error of
     * an end node is added after listeners have heard of the node.
     *
     * @param ofRun for a stage that never ended
     */
    static String state(FlowExecution execution, OpenStage stage, @CheckForNull Result ofRun) throws IOException {
        FlowNode end = stage.endId() == null ? null : execution.getNode(stage.endId());
        if (end == null) {
            return State.of(ofRun);
        }
        ErrorAction error = end.getError();
        if (error != null) {
            return error.getError() instanceof FlowInterruptedException interruption
                    ? State.of(interruption.getResult())
                    : State.FAILED;
        }
        return State.of(worstWarning(execution.getNode(stage.startId()), end));
    }

    /** The workspace that a stage worked in; null when it had none, or its agent is gone. */
    @CheckForNull
    static FilePath workspace(FlowExecution execution, OpenStage stage) throws IOException {
        FlowNode work = stage.firstWorkId() == null ? null : execution.getNode(stage.firstWorkId());
        if (work == null) {
            return null;
        }
        for (BlockStartNode block : work.iterateEnclosingBlocks()) {
            WorkspaceAction allocated = block.getPersistentAction(WorkspaceAction.class);
            if (allocated != null) {
                return allocated.getWorkspace();
            }
        }
        return null;
    }

    private static Result worstWarning(FlowNode start, FlowNode end) {
        DepthFirstScanner scanner = new DepthFirstScanner();
        Result worst = Result.SUCCESS;
        if (!scanner.setup(end, start == null ? Set.of() : Set.of(start))) {
            return worst;
        }
        for (FlowNode node : scanner) {
            WarningAction warning = node.getPersistentAction(WarningAction.class);
            if (warning != null && warning.getResult().isWorseThan(worst)) {
                worst = warning.getResult();
            }
        }
        return worst;
    }

    @CheckForNull
    private static String function(FlowNode node) {
        StepDescriptor descriptor = node instanceof StepNode step ? step.getDescriptor() : null;
        return descriptor == null ? null : descriptor.getFunctionName();
    }
}
