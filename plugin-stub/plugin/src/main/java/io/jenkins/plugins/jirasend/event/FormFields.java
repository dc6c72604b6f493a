package io.jenkins.plugins.jirasend.event;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.model.Item;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.jirasend.config.EnvironmentPattern;
import io.jenkins.plugins.jirasend.config.JiraSite;
import io.jenkins.plugins.jirasend.config.UnknownSiteException;
import java.util.ArrayList;
import java.util.List;
import jenkins.model.Jenkins;

/**
 * What the forms of steps and actions show. Who may not configure the job sees the current value
 * only: the names of sites are not everybody's business.
 */
public final class FormFields {
    private FormFields() {}

    /** The sites that the job may send to. */
    public static ListBoxModel sites(@CheckForNull Item item, @CheckForNull String current, boolean withDefault) {
        ListBoxModel items = new ListBoxModel();
        if (withDefault) {
            items.add(Messages.FormFields_AllSites(), "");
        }
        List<String> names = new ArrayList<>();
        if (mayConfigure(item)) {
            try {
                for (JiraSite site : Services.get().sites(item == null ? "" : item.getFullName(), null)) {
                    names.add(site.getSite());
                }
            } catch (UnknownSiteException none) {
                names.clear(); // the list is simply empty
            }
        }
        return withCurrent(items, names, current);
    }

    public static ListBoxModel states(@CheckForNull Item item, EventKind kind, @CheckForNull String current) {
        ListBoxModel items = new ListBoxModel();
        items.add(Messages.FormFields_StateOfBuild(), "");
        return withCurrent(items, mayConfigure(item) ? State.all(kind) : List.of(), current);
    }

    public static ListBoxModel environmentTypes(@CheckForNull Item item, @CheckForNull String current) {
        ListBoxModel items = new ListBoxModel();
        items.add(Messages.FormFields_TypeByName(), "");
        return withCurrent(items, mayConfigure(item) ? EnvironmentPattern.TYPES : List.of(), current);
    }

    /** Words of which the first holds when nothing is said. */
    public static ListBoxModel choices(@CheckForNull Item item, List<String> words, @CheckForNull String current) {
        ListBoxModel items = new ListBoxModel();
        items.add(Messages.FormFields_Default(words.get(0)), "");
        return withCurrent(items, mayConfigure(item) ? words : List.of(), current);
    }

    public static FormValidation required(@CheckForNull Item item, @CheckForNull String value) {
        if (!mayConfigure(item) || SendOptions.fix(value) != null) {
            return FormValidation.ok();
        }
        return FormValidation.error(Messages.FormFields_Required());
    }

    public static FormValidation seconds(@CheckForNull Item item, @CheckForNull String value) {
        String text = SendOptions.fix(value);
        if (!mayConfigure(item) || text == null) {
            return FormValidation.ok();
        }
        try {
            if (Integer.parseInt(text) >= 0) {
                return FormValidation.ok();
            }
        } catch (NumberFormatException e) {
            // the same sentence
        }
        return FormValidation.error(Messages.FormFields_Seconds());
    }

    private static boolean mayConfigure(@CheckForNull Item item) {
        return item == null ? Jenkins.get().hasPermission(Jenkins.ADMINISTER) : item.hasPermission(Item.CONFIGURE);
    }

    private static ListBoxModel withCurrent(ListBoxModel items, List<String> values, String current) {
        List<String> all = new ArrayList<>(values);
        String kept = SendOptions.fix(current);
        if (kept != null && !all.contains(kept)) {
            all.add(kept);
        }
        all.forEach(value -> items.add(value, value));
        return items;
    }
}
