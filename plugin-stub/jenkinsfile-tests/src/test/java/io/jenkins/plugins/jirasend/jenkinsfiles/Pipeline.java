package io.jenkins.plugins.jirasend.jenkinsfiles;

import groovy.lang.Closure;
import hudson.AbortException;
import io.jenkins.plugins.jirasend.steps.CheckGatingStatusStep;
import io.jenkins.plugins.jirasend.steps.SendBuildInfoStep;
import io.jenkins.plugins.jirasend.steps.SendDeploymentInfoStep;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jenkinsci.plugins.workflow.steps.Step;

/** Runs one Jenkinsfile of examples/jenkins with our steps, and plays those of others. */
final class Pipeline {
    final Build build;
    final List<String> scripts = new ArrayList<>();
    /** Shell scripts that hold one of these texts fail. */
    final List<String> broken = new ArrayList<>();
    /** Called after each question of waitUntil that was answered with no. */
    Runnable meanwhile = () -> {};

    private final Engine engine = new Engine(Path.of(System.getProperty("jirasend.examples")));
    private Throwable problem;

    Pipeline(String job, int number, Map<String, String> variables) {
        build = new Build(job, number, variables);
        new Declarative(engine, build);
        engine.variable("env", build.env);
        engine.variable("currentBuild", build.currentBuild);
        for (String name : List.of("node", "timeout")) {
            engine.block(name);
        }
        engine.step("echo", "message", arguments -> {
            build.listener.getLogger().println(arguments.get("message"));
            return null;
        });
        engine.step("sh", "script", arguments -> shell((String) arguments.get("script")));
        engine.method("waitUntil", List.of(Closure.class), arguments -> waitUntil((Closure<?>) arguments[0]));
        ours("jiraSendBuildInfo", "site", SendBuildInfoStep.class);
        ours("jiraSendDeploymentInfo", "environmentId", SendDeploymentInfoStep.class);
        ours("checkGatingStatus", "environmentId", CheckGatingStatusStep.class);
    }

    private void ours(String name, String only, Class<? extends Step> type) {
        StepModel model = new StepModel(type);
        engine.step(name, only, arguments -> {
            Context context = new Context(build);
            boolean done = model.create(arguments).start(context).start();
            if (done && !context.end.isDone()) {
                throw new AssertionError(name + " says it is done, but has no result.");
            }
            try {
                return saved(context.end.get(60, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                throw Engine.<Exception>as(e.getCause());
            }
        });
    }

    /** Jenkins may save the program while it holds what a step has returned. */
    private static Object saved(Object value) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream stream = new ObjectOutputStream(bytes)) {
            stream.writeObject(value);
        }
        try (ObjectInputStream stream = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return stream.readObject();
        }
    }

    private Object shell(String script) throws AbortException {
        scripts.add(script);
        build.listener.getLogger().println("+ " + script);
        if (broken.stream().anyMatch(script::contains)) {
            throw new AbortException("script returned exit code 1");
        }
        return null;
    }

    private Object waitUntil(Closure<?> body) {
        for (int i = 0; i < 100; i++) {
            if (Boolean.TRUE.equals(engine.call(body))) {
                return null;
            }
            meanwhile.run();
        }
        throw new AssertionError("waitUntil asked a hundred times.");
    }

    /** The result of the build: an exception that leaves the Jenkinsfile is part of it. */
    String run(String file) {
        try {
            engine.run(file + ".Jenkinsfile");
        } catch (Exception e) {
            problem = e;
            build.failed(e);
        }
        return build.currentResult();
    }

    /** What left the Jenkinsfile, or null. */
    Throwable problem() {
        return problem;
    }
}
