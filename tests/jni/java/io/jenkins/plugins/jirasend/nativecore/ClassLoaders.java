package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.bytes;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.settings;

import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** As when a plugin is installed, removed and installed again without a restart, or twice. */
final class ClassLoaders {
    private ClassLoaders() {}

    /** A copy of our classes with its own copy of the library. Calls go by reflection. */
    private static final class Copy implements AutoCloseable {
        private final URLClassLoader loader;
        private final Class<?> core;

        Copy() throws Exception {
            List<URL> urls = new ArrayList<>();
            for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(part).toUri().toURL());
            }
            loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
            core = loader.loadClass(NativeCore.class.getName());
            call(loader.loadClass(NativeLibrary.class.getName()), "load", Setting.SCRATCH.resolve("native"));
        }

        private static Object call(Class<?> target, String name, Object... arguments) throws Exception {
            Method method = Arrays.stream(target.getDeclaredMethods())
                    .filter(m -> m.getName().equals(name) && m.getParameterCount() == arguments.length)
                    .findFirst()
                    .orElseThrow();
            method.setAccessible(true);
            try {
                return method.invoke(null, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        Object call(String name, Object... arguments) throws Exception {
            return call(core, name, arguments);
        }

        long open(Path outbox) throws Exception {
            return (Long) call("open", bytes(settings(outbox, "")));
        }

        @Override
        public void close() throws IOException {
            loader.close();
        }
    }

    static void oneAfterTheOther() throws Exception {
        Path outbox = newFolder("one-after-the-other");
        long last = 0;
        for (int i = 0; i < 3; i++) {
            try (Copy copy = new Copy()) {
                check(copy.core != NativeCore.class, "a class of its own");
                long handle = copy.open(outbox);
                long id = (Long) copy.call("submit", handle, bytes(build("reload", i, "")), null);
                check(id > last, "the same outbox: " + id);
                last = id;
                copy.call("close", handle, 5000L);
            }
        }
        try (Stream<Path> left = Files.list(Setting.SCRATCH.resolve("native"))) {
            check(left.allMatch(p -> p.endsWith(NativeLibrary.LOCK)), "nothing is left of the copies");
        }
    }

    static void twoAtOnceWithOneOutbox() throws Exception {
        Path outbox = newFolder("two-at-once");
        try (Copy first = new Copy();
                Copy second = new Copy()) {
            long handle = first.open(outbox);
            try {
                second.open(outbox);
                throw new AssertionError("the second copy opened the outbox of the first");
            } catch (Exception e) {
                check(e.getClass().getName().equals(JiraSendException.class.getName()), e.toString());
                check(e.getClass() != JiraSendException.class, "the exception is of the copy's own class");
                check(e.getMessage().contains("already has the outbox"), e.getMessage());
            }
            long other = second.open(newFolder("its-own"));
            try {
                second.call("submit", handle, bytes(build("p", 1, "")), null);
                throw new AssertionError("the handle of one copy works in the other");
            } catch (IllegalStateException e) {
                // as it should be
            }
            first.call("close", handle, 5000L);
            second.call("close", second.open(outbox), 5000L);
            second.call("close", other, 5000L);
        }
    }

    static void manyAtOnce() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            futures.add(pool.submit(() -> {
                try (Copy copy = new Copy()) {
                    copy.call("close", copy.open(null), 5000L);
                }
                return null;
            }));
        }
        for (Future<?> future : futures) {
            future.get(60, TimeUnit.SECONDS);
        }
        pool.shutdown();
    }

    /** Nothing on the native side keeps the class loader, and its end closes what nobody closed. */
    static void aForgottenLoaderLeavesTheOutbox() throws Exception {
        Path outbox = newFolder("forgotten");
        WeakReference<ClassLoader> forgotten = openAndForget(outbox);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        boolean free = false;
        while (!free && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(50);
            try {
                NativeCore.close(Setting.open(outbox), 5000);
                free = true;
            } catch (JiraSendException e) {
                check(e.kind() == JiraSendException.Code.REFUSED, e.getMessage());
            }
        }
        check(forgotten.get() == null, "the class loader is gone");
        check(free, "its client was closed");
    }

    private static WeakReference<ClassLoader> openAndForget(Path outbox) throws Exception {
        try (Copy copy = new Copy()) {
            copy.open(outbox);
            return new WeakReference<>(copy.loader);
        }
    }
}
