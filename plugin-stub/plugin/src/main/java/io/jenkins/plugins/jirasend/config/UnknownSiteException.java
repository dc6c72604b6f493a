package io.jenkins.plugins.jirasend.config;

import java.io.Serial;

/** No site to send to. The message is for the console of the build. */
public class UnknownSiteException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public UnknownSiteException(String message) {
        super(message);
    }
}
