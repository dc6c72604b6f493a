package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.AbstractDescribableImpl;
import hudson.model.Descriptor;
import hudson.util.FormValidation;
import jenkins.model.Jenkins;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** A mark that every event for a site carries, so that they can be found in Jira again. */
public class SiteProperty extends AbstractDescribableImpl<SiteProperty> {
    /** As many as an event may have. */
    static final int MAX = 4;

    private static final int MAX_LENGTH = 255;
    private static final String RESERVED = "jirasend";

    private final String name;
    private final String value;

    @DataBoundConstructor
    public SiteProperty(String name, String value) {
        this.name = name == null ? "" : name.trim();
        this.value = value == null ? "" : value.trim();
    }

    public String getName() {
        return name == null ? "" : name;
    }

    public String getValue() {
        return value == null ? "" : value;
    }

    @CheckForNull
    String problem() {
        return problem(getName(), getValue());
    }

    @CheckForNull
    private static String problem(String name, String value) {
        boolean good = isText(name) && isText(value) && name.indexOf(':') < 0 && !name.startsWith("_");
        if (!good) {
            return Messages.SiteProperty_Bad(Integer.toString(MAX_LENGTH));
        }
        return name.equals(RESERVED) ? Messages.SiteProperty_Reserved() : null;
    }

    private static boolean isText(String text) {
        return !text.isBlank() && text.length() <= MAX_LENGTH && text.chars().noneMatch(Character::isISOControl);
    }

    @Extension
    public static final class DescriptorImpl extends Descriptor<SiteProperty> {
        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.SiteProperty_DisplayName();
        }

        @RequirePOST
        public FormValidation doCheckName(@QueryParameter String value) {
            String problem = problem(value == null ? "" : value.trim(), "x");
            return problem == null || !Jenkins.get().hasPermission(Jenkins.ADMINISTER)
                    ? FormValidation.ok()
                    : FormValidation.error(problem);
        }
    }
}
