package io.jenkins.plugins.jirasend.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.AbstractDescribableImpl;
import hudson.model.Descriptor;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import java.util.List;
import jenkins.model.Jenkins;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** Says what type the environments with certain names are of, where their words do not tell. */
public class EnvironmentPattern extends AbstractDescribableImpl<EnvironmentPattern> {
    /** As the core names them. */
    public static final List<String> TYPES = List.of("production", "staging", "testing", "development", "unmapped");

    private final String pattern;
    private final String type;

    @DataBoundConstructor
    public EnvironmentPattern(String pattern, String type) {
        this.pattern = pattern == null ? "" : pattern.trim();
        this.type = type == null ? "" : type.trim();
    }

    public String getPattern() {
        return pattern == null ? "" : pattern;
    }

    public String getType() {
        return type == null ? "" : type;
    }

    /** As the core reads it. */
    String rule() {
        return getPattern() + "=" + getType();
    }

    @CheckForNull
    String problem() {
        String problem = problemOfPattern(getPattern());
        if (problem != null) {
            return problem;
        }
        boolean known = TYPES.stream().anyMatch(word -> word.equalsIgnoreCase(getType()));
        return known ? null : Messages.EnvironmentPattern_BadType(getType(), String.join(", ", TYPES));
    }

    @CheckForNull
    private static String problemOfPattern(String pattern) {
        if (pattern.isBlank()) {
            return Messages.EnvironmentPattern_NoPattern();
        }
        boolean bad = pattern.indexOf(',') >= 0 || pattern.chars().anyMatch(Character::isISOControl);
        return bad ? Messages.EnvironmentPattern_BadPattern(pattern.replaceAll("\\p{Cntrl}", " ")) : null;
    }

    @Extension
    public static final class DescriptorImpl extends Descriptor<EnvironmentPattern> {
        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.EnvironmentPattern_DisplayName();
        }

        @RequirePOST
        public FormValidation doCheckPattern(@QueryParameter String value) {
            String problem = problemOfPattern(value == null ? "" : value);
            return problem == null || !Jenkins.get().hasPermission(Jenkins.ADMINISTER)
                    ? FormValidation.ok()
                    : FormValidation.error(problem);
        }

        @RequirePOST
        public ListBoxModel doFillTypeItems(@QueryParameter String type) {
            ListBoxModel items = new ListBoxModel();
            if (Jenkins.get().hasPermission(Jenkins.ADMINISTER)) {
                TYPES.forEach(word -> items.add(word, word));
            } else if (type != null && !type.isBlank()) {
                items.add(type, type);
            }
            return items;
        }
    }
}
