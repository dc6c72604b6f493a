package org.jenkinsci.plugins.workflow.flow;

import java.io.IOException;
import org.jenkinsci.plugins.workflow.graph.FlowNode;

public abstract class FlowExecution {
    public abstract FlowExecutionOwner getOwner();

    public abstract java.util.List<FlowNode> getCurrentHeads();

    public abstract FlowNode getNode(String id) throws IOException;
}
