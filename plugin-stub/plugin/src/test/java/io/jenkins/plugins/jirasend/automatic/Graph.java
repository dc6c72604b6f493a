package io.jenkins.plugins.jirasend.automatic;

import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import hudson.EnvVars;
import hudson.model.Job;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.TopLevelItem;
import io.jenkins.plugins.jirasend.event.Runs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jenkinsci.plugins.workflow.actions.ErrorAction;
import org.jenkinsci.plugins.workflow.actions.LabelAction;
import org.jenkinsci.plugins.workflow.actions.TagsAction;
import org.jenkinsci.plugins.workflow.flow.FlowExecution;
import org.jenkinsci.plugins.workflow.flow.FlowExecutionOwner;
import org.jenkinsci.plugins.workflow.graph.BlockEndNode;
import org.jenkinsci.plugins.workflow.graph.BlockStartNode;
import org.jenkinsci.plugins.workflow.graph.FlowNode;
import org.jenkinsci.plugins.workflow.graph.StepNode;
import org.jenkinsci.plugins.workflow.steps.StepDescriptor;

/** A Pipeline's run with a graph that grows node by node, as the listener sees it. */
final class Graph {
    final Run<?, ?> run;
    private final FlowExecution execution = mock(FlowExecution.class);
    private final FlowExecutionOwner owner = mock(FlowExecutionOwner.class);
    private final Map<String, FlowNode> nodes = new HashMap<>();
    private final StageListener listener = new StageListener();
    private final List<String> open = new ArrayList<>();
    private String head = "0";
    private int last;

    Graph(TaskListener log) {
        run = mock(Run.class, withSettings().extraInterfaces(FlowExecutionOwner.Executable.class));
        Job<?, ?> job = mock(Job.class, withSettings().extraInterfaces(TopLevelItem.class));
        doReturn("app").when(job).getFullName();
        doReturn("app").when(job).getFullDisplayName();
        doReturn("job/app/").when(job).getUrl();
        Runs.prepare(run, job, 9, new EnvVars(Map.of("BRANCH_NAME", "APP-1")));
        try {
            doReturn(run).when(owner).getExecutable();
            doReturn(log).when(owner).getListener();
            when(execution.getNode(org.mockito.ArgumentMatchers.anyString()))
                    .thenAnswer(call -> nodes.get(call.<String>getArgument(0)));
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
        doReturn(execution).when(owner).getOrNull();
        doReturn(owner).when(execution).getOwner();
        doReturn(owner).when((FlowExecutionOwner.Executable) run).asFlowExecutionOwner();
    }

    /** {@code stage(name) {} opens}: the step's node and its body's, which carries the label. */
    FlowNode openStage(String name) {
        return open("stage", name);
    }

    FlowNode open(String function, String label) {
        FlowNode block = node(BlockStartNode.class, function);
        open.add(block.getId());
        notifyOf(block);
        FlowNode body = node(BlockStartNode.class, function);
        if (label != null) {
            LabelAction action = mock(LabelAction.class);
            doReturn(label).when(action).getDisplayName();
            doReturn(action).when(body).getPersistentAction(LabelAction.class);
        }
        open.add(body.getId());
        notifyOf(body);
        return body;
    }

    FlowNode step(String function) {
        FlowNode node = node(FlowNode.class, function);
        notifyOf(node);
        return node;
    }

    /** The body ends; its error is added only after the listener was called, as Jenkins does. */
    FlowNode closeBody(Throwable error) {
        FlowNode start = nodes.get(open.remove(open.size() - 1));
        FlowNode end = end(start);
        notifyOf(end);
        if (error != null) {
            ErrorAction action = mock(ErrorAction.class);
            doReturn(error).when(action).getError();
            doReturn(action).when(end).getError();
        }
        return end;
    }

    void closeBlock() {
        notifyOf(end(nodes.get(open.remove(open.size() - 1))));
    }

    void close(Throwable error) {
        closeBody(error);
        closeBlock();
    }

    void skip(FlowNode stage, String reason) {
        TagsAction tags = mock(TagsAction.class);
        doReturn(reason).when(tags).getTagValue("STAGE_STATUS");
        doReturn(tags).when(stage).getPersistentAction(TagsAction.class);
    }

    /** A hard kill: the run gives up its graph before anybody hears of its end. */
    void kill(TaskListener log) {
        doReturn(null).when(owner).getOrNull();
        complete(Result.ABORTED, log);
    }

    /** The files of the graph are damaged or gone. */
    void becomeUnreadable() {
        try {
            when(execution.getNode(org.mockito.ArgumentMatchers.anyString()))
                    .thenThrow(new IOException("no such node"));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    void complete(Result result, TaskListener log) {
        doReturn(result).when(run).getResult();
        new AutomaticRunListener().onCompleted(run, log);
    }


    private FlowNode end(FlowNode start) {
        BlockEndNode<?> end = (BlockEndNode<?>) node(BlockEndNode.class, "end");
        doReturn(start).when(end).getStartNode();
        return end;
    }

    private FlowNode node(Class<? extends FlowNode> type, String function) {
        FlowNode node = mock(type, withSettings().extraInterfaces(StepNode.class));
        StepDescriptor descriptor = mock(StepDescriptor.class);
        doReturn(function).when(descriptor).getFunctionName();
        doReturn(descriptor).when((StepNode) node).getDescriptor();
        String id = String.valueOf(++last);
        doReturn(id).when(node).getId();
        doReturn(execution).when(node).getExecution();
        doReturn(List.of(head)).when(node).getParentIds();
        List<String> enclosing = new ArrayList<>(open);
        Collections.reverse(enclosing);
        doReturn(enclosing).when(node).getAllEnclosingIds();
        doReturn(enclosing.stream().map(nodes::get).toList()).when(node).iterateEnclosingBlocks();
        nodes.put(id, node);
        head = id;
        return node;
    }

    private void notifyOf(FlowNode node) {
        listener.onNewHead(node);
    }
}
