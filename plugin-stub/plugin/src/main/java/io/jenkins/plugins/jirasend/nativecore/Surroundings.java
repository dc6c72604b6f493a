package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;

/** What the client needs to know of Jenkins. Asked again and again, because all of it may change. */
interface Surroundings {
    /** Switched off by a system property; then nothing else is asked. */
    boolean disabled();

    /** The core with its library loaded. */
    Functions functions() throws NativeLibraryException;

    /** What the core is to be opened with. */
    Settings settings() throws IOException, JiraSendException;

    List<SiteSettings> sites();

    /** The secret in UTF-8, or null when there is none with this id. Whoever asks wipes it. */
    @CheckForNull
    byte[] secret(SiteSettings site);

    /** What says to the relay who we are, or null when there is no such secret. Whoever asks wipes it. */
    @CheckForNull
    default byte[] relayToken() {
        return null;
    }

    /** For what waits on receipts; bounded, and with the authority of the system. */
    Executor executor();
}
