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

    /** Where events are kept, and through what they go. */
    Connections connections();

    /** A user name and its password. */
    record Login(String user, Secret password) {}

    /** The user name with password of this id, or null. */
    @CheckForNull
    Login login(String credentialsId);

    /** The Secret text with this id, or null. */
    @CheckForNull
    Secret secret(String credentialsId);

    static SiteSource get() {
        return ExtensionList.lookupSingleton(SiteSource.class);
    }
}
