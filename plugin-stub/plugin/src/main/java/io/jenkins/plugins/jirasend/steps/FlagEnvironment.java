package io.jenkins.plugins.jirasend.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.AbstractDescribableImpl;
import hudson.model.Descriptor;
import hudson.model.Item;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.event.FormFields;
import io.jenkins.plugins.jirasend.event.SendOptions;
import java.io.Serial;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** Whether a feature flag is on in an environment, and for how many. */
public final class FlagEnvironment extends AbstractDescribableImpl<FlagEnvironment> implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final Pattern PERCENTAGE = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)\\s*%");
    private static final Pattern RULES = Pattern.compile("([0-9]{1,9})\\s+rules?");

    private final String name;
    private final boolean enabled;
    private String rollout;
    private String type;
    private String url;

    @DataBoundConstructor
    public FlagEnvironment(@CheckForNull String name, boolean enabled) {
        this.name = SendOptions.fix(name);
        this.enabled = enabled;
    }

    @CheckForNull
    public String getName() {
        return name;
    }

    public boolean isEnabled() {
        return enabled;
    }

    @CheckForNull
    public String getRollout() {
        return rollout;
    }

    @DataBoundSetter
    public void setRollout(@CheckForNull String rollout) {
        this.rollout = SendOptions.fix(rollout);
    }

    @CheckForNull
    public String getType() {
        return type;
    }

    @DataBoundSetter
    public void setType(@CheckForNull String type) {
        this.type = SendOptions.fix(type);
    }

    @CheckForNull
    public String getUrl() {
        return url;
    }

    @DataBoundSetter
    public void setUrl(@CheckForNull String url) {
        this.url = SendOptions.fix(url);
    }

    /** As it stands in the event. What is wrong with it the core says. */
    LinkedHashMap<String, Object> document() {
        LinkedHashMap<String, Object> document = new LinkedHashMap<>();
        document.put("name", name == null ? "" : name);
        document.put("enabled", enabled);
        if (rollout != null) {
            document.put("rollout", rollout(rollout));
        }
        if (type != null) {
            document.put("type", type);
        }
        if (url != null) {
            document.put("url", url);
        }
        return document;
    }

    /** {@code 25%}, {@code 3 rules}, or words for people. */
    private static Map<String, Object> rollout(String text) {
        Map<String, Object> rollout = new LinkedHashMap<>();
        Matcher percentage = PERCENTAGE.matcher(text);
        Matcher rules = RULES.matcher(text);
        if (percentage.matches()) {
            rollout.put("percentage", new BigDecimal(percentage.group(1)));
        } else if (rules.matches()) {
            rollout.put("rules", Long.valueOf(rules.group(1)));
        } else {
            rollout.put("text", text);
        }
        return rollout;
    }

    /** For the form of the step. */
    @Extension
    public static final class DescriptorImpl extends Descriptor<FlagEnvironment> {
        @NonNull
        @Override
        public String getDisplayName() {
            return Messages.FlagEnvironment_DisplayName();
        }

        @RequirePOST
        public ListBoxModel doFillTypeItems(@AncestorInPath Item item, @QueryParameter String type) {
            return FormFields.environmentTypes(item, type);
        }
    }
}
