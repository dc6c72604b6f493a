package io.jenkins.plugins.jirasend.facts;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what looks like an issue key in text, by the rules of docs/events.md.
 *
 * <p>What goes to Jira is decided by the core, which reads the same texts. This is only for keys that
 * are remembered from one build to the next: they go to the core as text again, so that its lists of
 * projects and of words that are no keys hold for them too.
 */
public final class IssueKeys {
    /** A letter or digit of any script hides a key; a longer number or word is another key or none. */
    private static final Pattern KEY = Pattern.compile(
            "(?<![\\p{L}\\p{Nd}])[A-Z][A-Z0-9_]{1,254}+-[1-9][0-9]{0,254}+(?![\\p{L}\\p{Nd}])");

    private IssueKeys() {}

    /** The keys of the texts, each once, in the order of their first appearance. */
    public static Set<String> in(Collection<String> texts) {
        Set<String> keys = new LinkedHashSet<>();
        for (String text : texts) {
            if (text == null) {
                continue;
            }
            Matcher matcher = KEY.matcher(text);
            while (matcher.find()) {
                keys.add(matcher.group());
            }
        }
        return keys;
    }
}
