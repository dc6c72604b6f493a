package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The core while it is open: its handle, and the calls that need it. Changed settings close it and open
 * it again. A call that comes meanwhile waits for the new handle: refused, an event would be lost.
 *
 * <p>Only {@link JiraSendClient} opens and closes, one thread at a time.
 */
final class Session {
    static final long CLOSE_MS = 5_000;

    /** What has to be seen of a core before anybody else may use it. */
    interface FirstLook {
        void at(Functions functions, long handle) throws JiraSendException;
    }

    /** Why it is closed, or null when nobody knows. */
    private final Supplier<String> whyClosed;
    /** Read: the handle is used. Write: the handle changes, and who wants to use it waits for the new one. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Of the handle; written before it, so whoever sees a handle sees its core. */
    private volatile Functions functions;

    private volatile Settings settings;
    /** 0: closed. Read without the lock by those who must not wait for a new one. */
    private volatile long handle;

    Session(Supplier<String> whyClosed) {
        this.whyClosed = whyClosed;
    }

    boolean isOpen() {
        return handle != 0;
    }

    boolean isOpenWith(Settings wanted) {
        return handle != 0 && wanted.equals(settings);
    }

    /** Whether it keeps events and sends nothing. */
    boolean isPaused() {
        Settings current = settings;
        return current != null && current.paused();
    }

    /** Whether other controllers may send what is in the outbox. */
    boolean isShared() {
        Settings current = settings;
        return current != null && current.isShared();
    }

    /** Whether everything goes to a relay. */
    boolean isRelayed() {
        Settings current = settings;
        return current != null && current.isRelayed();
    }

    /** Closes it if it is open. The lock is kept throughout, so that nobody finds it closed. */
    void reopen(Functions library, Settings wanted, FirstLook look) throws JiraSendException {
        lock.writeLock().lock();
        try {
            close();
            long opened = library.open(wanted.document());
            try {
                look.at(library, opened);
            } catch (JiraSendException | RuntimeException e) {
                library.close(opened, 0);
                throw e;
            }
            functions = library;
            handle = opened;
            settings = wanted;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** No call begins after this, and those that wait in the core for something come back. */
    void close() {
        long closing = handle;
        if (closing == 0) {
            return;
        }
        lock.writeLock().lock();
        try {
            handle = 0;
            settings = null;
        } finally {
            lock.writeLock().unlock();
        }
        functions.close(closing, CLOSE_MS); // takes its time: whoever comes meanwhile is told that it is closed
    }

    void putSite(byte[] site, byte[] secret) throws JiraSendException {
        lock.readLock().lock();
        try {
            functions.putSite(openHandle(), site, secret);
        } finally {
            lock.readLock().unlock();
        }
    }

    void putRelay(byte[] token) throws JiraSendException {
        lock.readLock().lock();
        try {
            functions.putRelay(openHandle(), token);
        } finally {
            lock.readLock().unlock();
        }
    }

    void removeSite(byte[] site) throws JiraSendException {
        lock.readLock().lock();
        try {
            functions.removeSite(openHandle(), site);
        } finally {
            lock.readLock().unlock();
        }
    }

    long submit(byte[] document, byte[] options) throws JiraSendException {
        lock.readLock().lock();
        try {
            return functions.submit(openHandle(), document, options);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** A question that the core answers at once, from its outbox. */
    byte[] ask(Map<String, ?> question) throws JiraSendException {
        lock.readLock().lock();
        try {
            return functions.ask(openHandle(), Json.bytes(question), 0);
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * A question that Jira answers, seconds later. Without the lock, which whoever opens the core again
     * would wait for; so the core may be closed under it, and the question has to be asked again.
     */
    byte[] askJira(Map<String, ?> question, long timeoutMs) throws JiraSendException {
        long open;
        lock.readLock().lock();
        try {
            open = openHandle();
        } finally {
            lock.readLock().unlock();
        }
        try {
            return functions.ask(open, Json.bytes(question), timeoutMs);
        } catch (IllegalStateException e) {
            throw new JiraSendException(
                    JiraSendException.Code.CLOSED.number(), Messages.Session_OpenedAgain(), 0, 0);
        }
    }

    void act(Map<String, ?> action) throws JiraSendException {
        lock.readLock().lock();
        try {
            functions.act(openHandle(), Json.bytes(action));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Without the lock, as {@link #askJira}: it may take a minute, and ends when the core is closed. */
    @CheckForNull
    byte[] nextReceipt(long[] cursor, long timeoutMs) throws JiraSendException {
        long open = openHandle();
        return functions.nextReceipt(open, cursor, timeoutMs);
    }

    private long openHandle() {
        long open = handle;
        if (open == 0) {
            String reason = whyClosed.get();
            throw new IllegalStateException(reason == null ? Messages.JiraSendClient_NotStarted() : reason);
        }
        return open;
    }
}
