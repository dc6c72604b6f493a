package io.jenkins.plugins.jirasend.jenkinsfiles;

import com.lesfurets.jenkins.unit.MethodSignature;
import com.lesfurets.jenkins.unit.cps.PipelineTestHelperCPS;
import groovy.lang.Binding;
import groovy.lang.Closure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs a Jenkinsfile as a Pipeline does: compiled by groovy-cps, with the names of steps bound to
 * code. At each closure that is run, JenkinsPipelineUnit checks that its variables can be
 * serialized, as Jenkins would do it.
 */
final class Engine {
    /** Plays the steps of others and of ours, told by name. */
    @FunctionalInterface
    interface Step {
        Object call(Map<String, Object> arguments) throws Exception;
    }

    private final PipelineTestHelperCPS helper = new Helper();
    private final Binding binding = new Binding();

    /** Jenkins has serializable iterators for the loops of a Jenkinsfile; here they are left out. */
    private static final class Helper extends PipelineTestHelperCPS {
        @Override
        public <T> T roundtripSerialization(T object) {
            try (Output output = new Output(new ByteArrayOutputStream())) {
                output.writeObject(object);
                return object;
            } catch (IOException e) {
                throw Engine.<RuntimeException>as(e);
            }
        }
    }

    private static final class Output extends ObjectOutputStream {
        Output(OutputStream out) throws IOException {
            super(out);
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object object) {
            return object instanceof Iterator ? null : object;
        }
    }

    Engine(Path folder) {
        helper.setScriptRoots(new String[] {folder.toString()});
        helper.setScriptExtension("Jenkinsfile");
        helper.setBaseScriptRoot(folder.toString());
        helper.setBaseClassloader(Engine.class.getClassLoader());
        helper.init();
    }

    void variable(String name, Object value) {
        binding.setVariable(name, value);
    }

    /** A name with exactly these types of arguments; the function gets them all. */
    void method(String name, List<Class<?>> types, Function<Object[], Object> body) {
        helper.registerAllowedMethod(
                MethodSignature.method(name, types.toArray(new Class<?>[0])), new Closure<Object>(this) {
                    @Override
                    public Object call(Object... arguments) {
                        return body.apply(arguments);
                    }

                    @Override
                    public Object call() {
                        return body.apply(new Object[0]);
                    }

                    @Override
                    public int getMaximumNumberOfParameters() {
                        return types.size();
                    }
                });
    }

    /** A step without a body, called with nothing, with one value, or with named arguments. */
    void step(String name, String only, Step step) {
        method(name, List.of(), arguments -> run(step, new LinkedHashMap<>()));
        method(name, List.of(Map.class), arguments -> run(step, named(arguments[0])));
        for (Class<?> type : List.<Class<?>>of(CharSequence.class, Number.class)) {
            method(name, List.of(type), arguments -> {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put(only, plain(arguments[0]));
                return run(step, one);
            });
        }
    }

    /** A step whose arguments do not matter and whose body is run once. */
    void block(String name) {
        method(name, List.of(Closure.class), arguments -> call((Closure<?>) arguments[0]));
        for (Class<?> type : List.<Class<?>>of(CharSequence.class, Map.class)) {
            method(name, List.of(type, Closure.class), arguments -> call((Closure<?>) arguments[1]));
        }
    }

    Object call(Closure<?> closure) {
        return helper.callClosure(closure);
    }

    Object run(String file) {
        return helper.runScript(file, binding);
    }

    private static Map<String, Object> named(Object map) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        ((Map<?, ?>) map).forEach((name, value) -> arguments.put(String.valueOf(name), plain(value)));
        return arguments;
    }

    /** Groovy's own strings become plain ones, as Pipelines do before they build a step. */
    private static Object plain(Object value) {
        if (value instanceof CharSequence) {
            return value.toString();
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(element -> copy.add(plain(element)));
            return copy;
        }
        return value;
    }

    private static Object run(Step step, Map<String, Object> arguments) {
        try {
            return step.call(arguments);
        } catch (Exception e) {
            throw Engine.<RuntimeException>as(e);
        }
    }

    /** Groovy knows no checked exceptions: what a step throws arrives in the Jenkinsfile as it is. */
    @SuppressWarnings("unchecked")
    static <T extends Throwable> T as(Throwable problem) throws T {
        throw (T) problem;
    }
}
