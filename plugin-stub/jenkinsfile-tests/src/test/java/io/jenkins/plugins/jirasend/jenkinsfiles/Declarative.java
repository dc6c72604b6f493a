package io.jenkins.plugins.jirasend.jenkinsfiles;

import groovy.lang.Closure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * The parts of Declarative Pipelines that the examples use. Declarative itself is a plugin that
 * cannot be had from Maven Central; tests/jenkins/run has the real one.
 *
 * <p>First the block {@code pipeline} is read into sections, then they are run.
 */
final class Declarative {
    /** The order in which Jenkins runs the conditions of {@code post}. */
    private static final List<String> CONDITIONS =
            List.of("always", "aborted", "failure", "success", "unstable", "unsuccessful", "cleanup");

    private static final class Section {
        final List<Section> stages = new ArrayList<>();
        final Map<String, Closure<?>> post = new LinkedHashMap<>();
        Closure<?> when;
        Closure<?> steps;
    }

    private final Engine engine;
    private final Build build;
    private final Deque<Section> open = new ArrayDeque<>();
    private final Deque<List<Boolean>> conditions = new ArrayDeque<>();

    Declarative(Engine engine, Build build) {
        this.engine = engine;
        this.build = build;
        engine.variable("any", "any");
        engine.variable("none", "none");
        on("pipeline", this::pipeline);
        on("stages", engine::call);
        on("parallel", engine::call);
        on("post", engine::call);
        on("steps", body -> open.peek().steps = body);
        on("when", body -> open.peek().when = body);
        on("script", engine::call);
        for (String condition : CONDITIONS) {
            on(condition, body -> open.peek().post.put(condition, body));
        }
        engine.method("agent", List.of(String.class), arguments -> null);
        engine.method("stage", List.of(String.class, Closure.class), arguments -> stage((Closure<?>) arguments[1]));
        whenConditions();
    }

    private void whenConditions() {
        engine.method("branch", List.of(String.class), arguments -> told(arguments[0].equals(build.env.get("BRANCH_NAME"))));
        engine.method("buildingTag", List.of(), arguments -> told(build.env.containsKey("TAG_NAME")));
        engine.method("changeRequest", List.of(), arguments -> told(build.env.containsKey("CHANGE_ID")));
        on("expression", body -> told(Boolean.TRUE.equals(engine.call(body))));
        on("not", body -> told(!holds(body)));
    }

    private Object told(boolean holds) {
        conditions.peek().add(holds);
        return null;
    }

    private boolean holds(Closure<?> body) {
        conditions.push(new ArrayList<>());
        engine.call(body);
        return !conditions.pop().contains(Boolean.FALSE);
    }

    private interface Body {
        Object with(Closure<?> body);
    }

    private void on(String name, Body code) {
        engine.method(name, List.of(Closure.class), arguments -> {
            code.with((Closure<?>) arguments[0]);
            return null;
        });
    }

    /** Outside of a block {@code pipeline} this is the step of scripted Pipelines. */
    private Object stage(Closure<?> body) {
        if (open.isEmpty()) {
            return engine.call(body);
        }
        open.peek().stages.add(read(body));
        return null;
    }

    private Section read(Closure<?> body) {
        Section section = new Section();
        open.push(section);
        engine.call(body);
        open.pop();
        return section;
    }

    private Object pipeline(Closure<?> body) {
        run(read(body));
        return null;
    }

    private void run(Section section) {
        if (section.when != null && !holds(section.when)) {
            return;
        }
        Throwable first = attempt(() -> {
            for (Section stage : section.stages) {
                run(stage);
            }
            return section.steps == null ? null : engine.call(section.steps);
        });
        for (String condition : CONDITIONS) {
            if (section.post.containsKey(condition) && applies(condition)) {
                Throwable problem = attempt(() -> engine.call(section.post.get(condition)));
                first = first == null ? problem : first;
            }
        }
        if (first != null) {
            throw Engine.<RuntimeException>as(first);
        }
    }

    private Throwable attempt(Callable<?> code) {
        try {
            code.call();
            return null;
        } catch (Exception e) {
            build.failed(e);
            return e;
        }
    }

    private boolean applies(String condition) {
        String result = build.currentResult();
        return switch (condition) {
            case "success" -> result.equals("SUCCESS");
            case "unstable" -> result.equals("UNSTABLE");
            case "failure" -> result.equals("FAILURE");
            case "aborted" -> result.equals("ABORTED");
            case "unsuccessful" -> !result.equals("SUCCESS");
            default -> true;
        };
    }
}
