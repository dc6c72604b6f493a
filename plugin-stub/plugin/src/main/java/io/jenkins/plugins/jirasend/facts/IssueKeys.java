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
    /** Of scripts that are written without blanks between words: their letters hide no key, their digits do. */
    private static final String UNSPACED = "\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsHangul}\\p{IsThai}"
            + "\\p{IsLao}\\p{IsKhmer}\\p{IsMyanmar}\u3006\u303C\u3031-\u3035\u30FC\uFF70\uFF9E\uFF9F";

    /** A letter or digit of any other script hides a key; a longer number or word is another key or none. */
    private static final String HIDES = "(?:[\\p{L}&&[^" + UNSPACED + "]]|\\p{Nd})";

    private static final Pattern KEY = pattern("A-Z");
    private static final Pattern ANY_CASE = pattern("A-Za-z");

    private static Pattern pattern(String letters) {
        return Pattern.compile("(?<!" + HIDES + ")[" + letters + "][" + letters + "0-9_]{1,254}+-[1-9][0-9]{0,254}+(?!"
                + HIDES + ")");
    }

    private IssueKeys() {}

    /** The keys of the texts, each once, in the order of their first appearance. */
    public static Set<String> in(Collection<String> texts) {
        return in(texts, false);
    }

    /**
     * The same.
     *
     * @param anyCase also those in lower case, as they stand: who takes only capital letters passes over them later
     */
    public static Set<String> in(Collection<String> texts, boolean anyCase) {
        Pattern wanted = anyCase ? ANY_CASE : KEY;
        Set<String> keys = new LinkedHashSet<>();
        for (String text : texts) {
            if (text == null) {
                continue;
            }
            Matcher matcher = wanted.matcher(text);
            while (matcher.find()) {
                keys.add(matcher.group());
            }
        }
        return keys;
    }
}
