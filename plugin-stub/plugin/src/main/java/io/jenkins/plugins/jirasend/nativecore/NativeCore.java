package io.jenkins.plugins.jirasend.nativecore;

/**
 * The native core, as thin as it can be. Documents are JSON in UTF-8; docs/jni.md describes them.
 *
 * <p>Load the library with {@link NativeLibrary#load} before any call. Any number of threads may call
 * any method. A handle that is unknown or closed is an {@link IllegalStateException}, a null array a
 * {@link NullPointerException}, everything else a {@link JiraSendException}.
 */
final class NativeCore {
    /** Of the class. A test compares it with the header of the library, its only other home. */
    static final String VERSION = "0.1.0";

    private NativeCore() {}

    /** Of the library. {@link NativeLibrary#load} refuses another one than {@link #VERSION}. */
    static native String version();

    /**
     * Opens the outbox and starts delivery.
     *
     * @param settings all members may be left out: {@code outbox} (a folder, or the address of
     *     a database; without it, events are kept in memory only), {@code outboxPassword}, {@code apiUrl}, {@code proxy}, {@code noProxy}, {@code caFile},
     *     {@code userAgent}, {@code paused}, {@code exclusiveHost} (refuse a folder that another
     *     host has open), {@code anyCase}, {@code projects}, {@code notKeys}, {@code keep} (days of
     *     history), {@code relay} (the address of one, to which everything goes)
     * @return a handle, always positive
     */
    static native long open(byte[] settings) throws JiraSendException;

    /**
     * Gives the client the credentials of a site, or new ones.
     *
     * @param site {@code site}, {@code clientId}, and optionally {@code cloudId} and {@code apiUrl}
     * @param secret is not changed: who made the array wipes it. The library's own copies are wiped.
     */
    static native void putSite(long handle, byte[] site, byte[] secret) throws JiraSendException;

    /**
     * Says to the relay of the settings who we are, or somebody else from now on.
     *
     * @param token is not changed, as the secret of a site
     */
    static native void putRelay(long handle, byte[] token) throws JiraSendException;

    /** Forgets the credentials of a site. Its events stay. */
    static native void removeSite(long handle, byte[] site) throws JiraSendException;

    /**
     * Commits one event to the outbox.
     *
     * @param options how it is read and marked; null for what holds for every event. All members may be
     *     left out: {@code origin}, {@code scope}, {@code projects}, {@code notKeys},
     *     {@code environments}, {@code properties} (an object of texts), {@code anyCase}, {@code emails}
     * @return the event's id, once it is on disk
     */
    static native long submit(long handle, byte[] document, byte[] options) throws JiraSendException;

    /**
     * The next settled receipt after the cursor, for a single pump thread.
     *
     * @param cursor one element; 0 means "from now on". Moved on with each receipt, and from 0 also
     *     at the end of the time.
     * @return the receipt, or null at the end of the time
     */
    static native byte[] nextReceipt(long handle, long[] cursor, long timeoutMs) throws JiraSendException;

    /**
     * Asks something.
     *
     * @param question {@code what} is {@code receipt} (with {@code id}), {@code gate} ({@code site},
     *     {@code pipelineId}, {@code environmentId}, {@code number}), {@code check} ({@code site}; the
     *     report comes back also when something does not work), {@code list} ({@code after},
     *     {@code limit}), {@code status}, {@code keys} ({@code text}), {@code history} ({@code key},
     *     {@code kinds}, {@code pipelineId}, {@code number}, {@code environment}, {@code statuses},
     *     {@code state}, {@code since}, {@code until}, {@code cursor}, {@code limit}, all optional),
     *     {@code explain} ({@code key}), {@code diff} ({@code first}, {@code second}), {@code kept}
     *     ({@code id}: whether it can be sent again), or {@code metrics},
     *     whose answer is OpenMetrics and no JSON
     * @param timeoutMs bounds {@code gate} and {@code check}, which ask Jira
     */
    static native byte[] ask(long handle, byte[] question, long timeoutMs) throws JiraSendException;

    /**
     * Does something.
     *
     * @param action {@code do} is {@code retry} (with {@code id} or {@code site}; without either:
     *     everything), {@code drop} (with {@code id}), {@code resend} ({@code id} and, unless it is the
     *     same, {@code state}), or {@code cancelWaits}, which ends every wait
     *     with {@link JiraSendException.Code#CLOSED}
     */
    static native void act(long handle, byte[] action) throws JiraSendException;

    /**
     * Ends all waits, stops delivery and forgets the handle. Closing a closed handle does nothing.
     *
     * @param deadlineMs bounds the time. When it is over, the rest is cleaned up by the last call
     *     that is still on its way.
     */
    static native void close(long handle, long deadlineMs);
}
