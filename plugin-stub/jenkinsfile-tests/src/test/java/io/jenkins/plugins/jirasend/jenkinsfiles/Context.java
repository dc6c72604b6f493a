package io.jenkins.plugins.jirasend.jenkinsfiles;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import hudson.EnvVars;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import java.util.concurrent.CompletableFuture;
import org.jenkinsci.plugins.workflow.steps.StepContext;

/** Where a step runs. Saving always works at once. */
class Context extends StepContext {
    private static final long serialVersionUID = 1L;

    final transient CompletableFuture<Object> end = new CompletableFuture<>();
    private final transient Build build;

    Context(Build build) {
        this.build = build;
    }

    @Override
    public <T> T get(Class<T> key) {
        if (key == Run.class) {
            return key.cast(build.run);
        }
        if (key == TaskListener.class) {
            return key.cast(build.listener);
        }
        return key == EnvVars.class ? key.cast(new EnvVars(build.env)) : null;
    }

    @Override
    public void onSuccess(Object value) {
        end.complete(value);
    }

    @Override
    public void onFailure(Throwable problem) {
        end.completeExceptionally(problem);
    }

    @Override
    public ListenableFuture<Void> saveState() {
        return Futures.immediateFuture(null);
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setResult(Result result) {
        build.currentBuild.worsen(result);
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
        return System.identityHashCode(this);
    }
}
