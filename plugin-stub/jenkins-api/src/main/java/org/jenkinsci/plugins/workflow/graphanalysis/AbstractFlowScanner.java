package org.jenkinsci.plugins.workflow.graphanalysis;

import java.util.Collection;
import java.util.Iterator;
import org.jenkinsci.plugins.workflow.graph.FlowNode;

public abstract class AbstractFlowScanner implements Iterable<FlowNode> {
    public boolean setup(FlowNode head, Collection<FlowNode> blackList) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Iterator<FlowNode> iterator() {
        throw new UnsupportedOperationException();
    }
}
