package io.jenkins.plugins.jirasend.automatic;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;
import org.jenkinsci.plugins.workflow.flow.FlowExecutionOwner;
import org.jenkinsci.plugins.workflow.graph.BlockEndNode;
import org.jenkinsci.plugins.workflow.graph.FlowNode;
import org.jenkinsci.plugins.workflow.graphanalysis.DepthFirstScanner;

/** The stages of a Pipeline run that is over, as its graph has kept them. */
public final class PastStages {
    private static final Logger LOGGER = Logger.getLogger(PastStages.class.getName());

    private PastStages() {}

    /** Their names, and how they ended; of stages of one name the last. Skipped ones are left out. */
    @NonNull
    public static Map<String, String> of(Run<?, ?> run) {
        Map<String, String> states = new LinkedHashMap<>();
        if (!(run instanceof FlowExecutionOwner.Executable executable)) {
            return states;
        }
        FlowExecutionOwner owner = executable.asFlowExecutionOwner();
        try {
            FlowExecution execution = owner == null ? null : owner.get();
            if (execution != null) {
                read(run, execution, states);
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(Level.FINE, e, () -> "The stages of " + run + " cannot be read any more.");
        }
        return states;
    }

    private static void read(Run<?, ?> run, FlowExecution execution, Map<String, String> states) throws IOException {
        for (FlowNode head : execution.getCurrentHeads()) {
            DepthFirstScanner scanner = new DepthFirstScanner();
            if (!scanner.setup(head, Set.of())) {
                continue;
            }
            for (FlowNode node : scanner) { // newest first
                if (node instanceof BlockEndNode<?> end) {
                    FlowNode start = end.getStartNode();
                    String name = start == null ? null : StageNodes.stageName(start);
                    if (name != null && !states.containsKey(name)) {
                        OpenStage stage = new OpenStage(start.getId(), name);
                        stage.close(end.getId());
                        if (!StageNodes.isSkipped(execution, stage)) {
                            states.put(name, StageNodes.state(execution, stage, run.getResult()));
                        }
                    }
                }
            }
        }
    }
}
