package io.jenkins.plugins.jirasend.steps;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import hudson.EnvVars;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jenkinsci.plugins.workflow.steps.StepContext;

/** Where a step runs, as far as ours ask. */
final class FakeContext extends StepContext {
    private static final long serialVersionUID = 1L;

    final transient Map<Class<?>, Object> things = new HashMap<>();
    transient SettableFuture<Void> saved = SettableFuture.create();
    transient int saves;
    transient Object result;
    transient Throwable failure;
    transient int ends;
    /** What is asked for in vain, as when the agent is gone. */
    final transient Set<Class<?>> gone = new HashSet<>();

    FakeContext(Run<?, ?> run, TaskListener listener) {
        things.put(Run.class, run);
        things.put(TaskListener.class, listener);
        things.put(EnvVars.class, new EnvVars(Map.of("BRANCH_NAME", "APP-1")));
    }

    @Override
    public <T> T get(Class<T> key) throws IOException {
        if (gone.contains(key)) {
            throw new IOException("Unable to create live FilePath for agent-1");
        }
        return key.cast(things.get(key));
    }

    @Override
    public void onSuccess(Object value) {
        result = value;
        ends++;
    }

    @Override
    public void onFailure(Throwable problem) {
        failure = problem;
        ends++;
    }

    @Override
    public ListenableFuture<Void> saveState() {
        saves++;
        return saved;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setResult(Result r) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasBody() {
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return 1;
    }
}
