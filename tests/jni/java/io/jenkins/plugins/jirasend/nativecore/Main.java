package io.jenkins.plugins.jirasend.nativecore;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Runs every static method without parameters of the classes named, and writes to a file how it
 * went: the standard streams must stay empty, so that a single word of the library is seen.
 *
 * <p>Arguments: the file, then classes of this package.
 */
final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        boolean good = true;
        try (PrintWriter out = new PrintWriter(Path.of(arguments[0]).toFile(), "UTF-8")) {
            if (Boolean.parseBoolean(System.getProperty("test.load", "true"))) {
                NativeLibrary.load(Setting.SCRATCH.resolve("native"));
            }
            for (int i = 1; i < arguments.length; i++) {
                good &= runAll(Class.forName(Main.class.getPackageName() + "." + arguments[i]), out);
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean runAll(Class<?> cases, PrintWriter out) throws IllegalAccessException {
        Method[] methods = Arrays.stream(cases.getDeclaredMethods())
                .filter(m -> Modifier.isStatic(m.getModifiers()) && !Modifier.isPrivate(m.getModifiers()))
                .filter(m -> m.getParameterCount() == 0 && !m.isSynthetic())
                .sorted(Comparator.comparing(Method::getName))
                .toArray(Method[]::new);
        boolean good = methods.length > 0;
        for (Method method : methods) {
            String name = cases.getSimpleName() + "." + method.getName();
            long start = System.nanoTime();
            try {
                method.invoke(null);
                out.printf("ok %s (%d ms)%n", name, (System.nanoTime() - start) / 1_000_000);
            } catch (InvocationTargetException e) {
                good = false;
                out.println("FAILED " + name);
                e.getCause().printStackTrace(out);
            }
            out.flush();
        }
        return good;
    }
}
