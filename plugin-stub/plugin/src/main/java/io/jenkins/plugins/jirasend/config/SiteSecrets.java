package io.jenkins.plugins.jirasend.config;

import com.cloudbees.plugins.credentials.CredentialsMatchers;
import com.cloudbees.plugins.credentials.CredentialsProvider;
import com.cloudbees.plugins.credentials.common.StandardCredentials;
import com.cloudbees.plugins.credentials.common.StandardListBoxModel;
import com.cloudbees.plugins.credentials.common.StandardUsernamePasswordCredentials;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.security.ACL;
import hudson.util.ListBoxModel;
import hudson.util.Secret;
import io.jenkins.plugins.jirasend.nativecore.SiteSource;
import java.util.List;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.plaincredentials.StringCredentials;

/**
 * Looks up the secrets of sites. They belong to the controller: only credentials of the root count,
 * seen with the authority of the system, whatever a job, its folder or its user may see.
 */
public final class SiteSecrets {
    private SiteSecrets() {}

    /** The Secret text with this id, or null. */
    @CheckForNull
    public static Secret find(String credentialsId) {
        StringCredentials credentials = CredentialsMatchers.firstOrNull(
                CredentialsProvider.lookupCredentialsInItemGroup(
                        StringCredentials.class, Jenkins.get(), ACL.SYSTEM2, List.of()),
                CredentialsMatchers.withId(credentialsId.trim()));
        return credentials == null ? null : credentials.getSecret();
    }

    /** The user name with password of this id, or null. */
    @CheckForNull
    static SiteSource.Login findLogin(String credentialsId) {
        StandardUsernamePasswordCredentials credentials = CredentialsMatchers.firstOrNull(
                CredentialsProvider.lookupCredentialsInItemGroup(
                        StandardUsernamePasswordCredentials.class, Jenkins.get(), ACL.SYSTEM2, List.of()),
                CredentialsMatchers.withId(credentialsId.trim()));
        return credentials == null
                ? null
                : new SiteSource.Login(credentials.getUsername(), credentials.getPassword());
    }

    /** For the form. Who may not configure Jenkins sees what is chosen, not what there is. */
    static ListBoxModel choices(String current) {
        return choices(current, StringCredentials.class);
    }

    static ListBoxModel choices(String current, Class<? extends StandardCredentials> kind) {
        String chosen = current == null ? "" : current;
        StandardListBoxModel choices = new StandardListBoxModel();
        if (!Jenkins.get().hasPermission(Jenkins.ADMINISTER)) {
            return choices.includeCurrentValue(chosen);
        }
        return choices.includeEmptyValue()
                .includeMatchingAs(
                        ACL.SYSTEM2,
                        Jenkins.get(),
                        kind,
                        List.of(),
                        CredentialsMatchers.always())
                .includeCurrentValue(chosen);
    }
}
