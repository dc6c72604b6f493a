package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes threads that keep no JVM alive, and no Pipeline either: a new thread inherits the class loader
 * of the one that asks for it, which on the thread of a Pipeline is that of its compiled program.
 */
public final class DaemonThreads implements ThreadFactory {
    private final String name;
    private final AtomicInteger count = new AtomicInteger();

    /** @param name for thread dumps; a number follows */
    public DaemonThreads(String name) {
        this.name = name;
    }

    /** A few of them, which end when there is nothing to do. */
    static ExecutorService pool(String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                4, 4, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), new DaemonThreads(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public Thread newThread(@NonNull Runnable work) {
        Thread thread = new Thread(work, name + " " + count.incrementAndGet());
        thread.setDaemon(true);
        thread.setContextClassLoader(DaemonThreads.class.getClassLoader());
        return thread;
    }
}
