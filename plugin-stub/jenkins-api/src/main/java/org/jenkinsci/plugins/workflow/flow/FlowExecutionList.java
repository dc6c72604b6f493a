package org.jenkinsci.plugins.workflow.flow;

public class FlowExecutionList {
    public static final String EXECUTIONS_SUSPENDED = "FlowExecutionList.EXECUTIONS_SUSPENDED";
}
