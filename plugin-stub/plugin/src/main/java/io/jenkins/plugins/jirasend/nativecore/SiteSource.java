package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.ExtensionList;
import hudson.ExtensionPoint;
import hudson.util.Secret;
import java.util.List;

/** Where the client learns what an administrator has configured; there is one. */
public interface SiteSource extends ExtensionPoint {
    /** The sites that can be used, each once. */
    List<SiteSettings> sites();

    /** Events are kept, nothing is sent. */
    boolean paused();

    /** The Secret text with this id, or null. */
    @CheckForNull
    Secret secret(String credentialsId);

    static SiteSource get() {
        return ExtensionList.lookupSingleton(SiteSource.class);
    }
}
