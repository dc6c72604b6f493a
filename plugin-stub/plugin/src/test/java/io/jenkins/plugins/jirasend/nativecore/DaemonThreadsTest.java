package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DaemonThreadsTest {
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @AfterEach
    void restore() {
        Thread.currentThread().setContextClassLoader(before);
    }

    @Test
    void keepNothingAlive() throws Exception {
        try (URLClassLoader pipeline = new URLClassLoader(new URL[0])) {
            Thread.currentThread().setContextClassLoader(pipeline); // as on the thread of a Pipeline
            ExecutorService pool = DaemonThreads.pool("jirasend receipt");
            Thread thread = pool.submit(Thread::currentThread).get();
            pool.shutdown();
            assertSame(DaemonThreads.class.getClassLoader(), thread.getContextClassLoader());
            assertTrue(thread.isDaemon());
            assertEquals("jirasend receipt 1", thread.getName());
        }
    }
}
