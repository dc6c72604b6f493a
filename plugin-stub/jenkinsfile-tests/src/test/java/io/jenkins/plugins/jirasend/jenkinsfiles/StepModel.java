package io.jenkins.plugins.jirasend.jenkinsfiles;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;

/** Makes a step out of named arguments as Pipelines do: by its annotated constructor and setters. */
final class StepModel {
    private final Class<? extends Step> type;

    StepModel(Class<? extends Step> type) {
        this.type = type;
    }

    Step create(Map<String, Object> arguments) throws ReflectiveOperationException {
        Map<String, Object> left = new LinkedHashMap<>(arguments);
        try {
            Constructor<?> constructor = constructor();
            List<Object> values = new ArrayList<>();
            for (Parameter parameter : constructor.getParameters()) {
                if (!parameter.isNamePresent()) {
                    throw new IllegalStateException(type + " was compiled without -parameters.");
                }
                values.add(left.remove(parameter.getName()));
            }
            Step step = (Step) constructor.newInstance(values.toArray());
            for (Map.Entry<String, Object> argument : left.entrySet()) {
                setter(argument.getKey()).invoke(step, argument.getValue());
            }
            return step;
        } catch (InvocationTargetException e) {
            throw Engine.<RuntimeException>as(e.getCause());
        }
    }

    private Constructor<?> constructor() {
        for (Constructor<?> constructor : type.getConstructors()) {
            if (constructor.isAnnotationPresent(DataBoundConstructor.class)) {
                return constructor;
            }
        }
        throw new IllegalStateException(type + " has no @DataBoundConstructor.");
    }

    private Method setter(String name) {
        String wanted = "set" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
        for (Method method : type.getMethods()) {
            if (method.getName().equals(wanted) && method.isAnnotationPresent(DataBoundSetter.class)) {
                return method;
            }
        }
        throw new IllegalArgumentException("Unknown parameter " + name + " of " + type.getSimpleName());
    }
}
