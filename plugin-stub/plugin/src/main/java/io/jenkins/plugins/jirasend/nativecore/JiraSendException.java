package io.jenkins.plugins.jirasend.nativecore;

import java.io.Serial;
import java.nio.charset.StandardCharsets;

/** What the native core refuses or cannot do. The message is a whole sentence for people. */
public final class JiraSendException extends Exception {
    /** The numbers are those of native/include/jirasend/error.h. */
    public enum Code {
        /** A parameter or a setting cannot be used. */
        ARGUMENT(1),
        /** The event document is malformed. */
        DOCUMENT(2),
        /** The native side is out of memory; nothing was changed. */
        MEMORY(3),
        /** Disk or file system: full, read-only, I/O error. */
        STORAGE(4),
        /** The outbox refuses: full by its own bounds, damaged, of a newer version, not ours. */
        REFUSED(5),
        /** No such id, site or receipt. */
        NOT_FOUND(6),
        /** The time given is over. */
        TIMEOUT(7),
        /** The client is closing, or the wait was cancelled. */
        CLOSED(8),
        /** Jira refuses the credentials, the permission or the site. */
        CREDENTIALS(9),
        /** Jira was not reached, or answered nonsense; trying again may help. */
        NETWORK(10),
        /** A file named in the settings is missing or unusable. */
        FILE(11),
        /** A bug in the core. Also what an unknown number is read as. */
        INTERNAL(12);

        private final int number;

        Code(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }

        static Code of(int number) {
            for (Code code : values()) {
                if (code.number == number) {
                    return code;
                }
            }
            return INTERNAL;
        }
    }

    /** Where the plugin has a way out to offer; numbers as in the same header. */
    public enum Reason {
        /** The code says it all. Also what an unknown number is read as. */
        NONE,
        /** The outbox is damaged. */
        DAMAGED,
        /** The outbox folder is in use on another host. */
        OTHER_HOST;

        static Reason of(int number) {
            return number > 0 && number < values().length ? values()[number] : NONE;
        }
    }

    @Serial
    private static final long serialVersionUID = 1L;

    private final int code;
    private final int httpStatus;
    private final long retryAfterMs;
    private final Reason reason;

    public JiraSendException(int code, String message, int httpStatus, long retryAfterMs) {
        super(message);
        this.code = code;
        this.httpStatus = httpStatus;
        this.retryAfterMs = retryAfterMs;
        this.reason = Reason.NONE;
    }

    /** For the library, whose texts are plain UTF-8, which is not what JNI makes strings of. */
    JiraSendException(int code, byte[] message, int httpStatus, long retryAfterMs, int reason) {
        super(new String(message, StandardCharsets.UTF_8));
        this.code = code;
        this.httpStatus = httpStatus;
        this.retryAfterMs = retryAfterMs;
        this.reason = Reason.of(reason);
    }

    /** The number of the {@link #kind()}. */
    public int code() {
        return code;
    }

    public Code kind() {
        return Code.of(code);
    }

    public Reason reason() {
        return reason;
    }

    /** Of Jira's answer that caused it; 0 when there was none. */
    public int httpStatus() {
        return httpStatus;
    }

    /** How long to wait before trying again; 0 when unknown. */
    public long retryAfterMs() {
        return retryAfterMs;
    }
}
