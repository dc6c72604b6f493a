package io.jenkins.plugins.jirasend.nativecore;

import java.io.IOException;
import java.io.Serial;

/** The native library cannot be had here. The message says why, and what to do. */
public final class NativeLibraryException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    public NativeLibraryException(String message) {
        super(message);
    }

    public NativeLibraryException(String message, Throwable cause) {
        super(message, cause);
    }
}
