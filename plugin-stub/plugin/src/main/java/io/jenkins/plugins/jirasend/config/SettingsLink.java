package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.ManagementLink;
import hudson.security.Permission;
import jenkins.model.Jenkins;
import org.kohsuke.accmod.Restricted;
import org.kohsuke.accmod.restrictions.NoExternalUse;

/** Manage Jenkins: the way to our part of a long page, also for who types "jira" into its search. */
@Extension
@Restricted(NoExternalUse.class)
public class SettingsLink extends ManagementLink {
    /** In the form. */
    static final String ANCHOR = "jirasend-settings";

    @Override
    public String getIconFileName() {
        return "symbol-settings";
    }

    @Override
    public String getDisplayName() {
        return Messages.JiraSendConfiguration_DisplayName();
    }

    @Override
    public String getDescription() {
        return Messages.SettingsLink_Description();
    }

    /** A place on the page of the system's settings. */
    @Override
    public String getUrlName() {
        return "configure#" + ANCHOR;
    }

    @NonNull
    @Override
    public Category getCategory() {
        return Category.CONFIGURATION;
    }

    @NonNull
    @Override
    public Permission getRequiredPermission() {
        return Jenkins.ADMINISTER;
    }
}
