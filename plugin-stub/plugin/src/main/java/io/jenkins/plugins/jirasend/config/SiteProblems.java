package io.jenkins.plugins.jirasend.config;

import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** What is wrong with a value, in a sentence; null when nothing is. */
final class SiteProblems {
    private static final Pattern CLOUD_ID = Pattern.compile("[0-9A-Za-z-]{1,64}");
    private static final int ID_PREFIX_MAX = 100;

    private SiteProblems() {}

    static String site(String text) {
        return ofAddress(() -> SiteName.site(text == null ? "" : text.trim()));
    }

    static String apiUrl(String text) {
        return isBlank(text) ? null : ofAddress(() -> SiteName.api(text == null ? "" : text.trim()));
    }

    private static String ofAddress(Runnable reading) {
        try {
            reading.run();
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    static String clientId(String text) {
        if (isBlank(text)) {
            return Messages.JiraSite_NoClientId();
        }
        return isPrintable(text.trim()) ? null : Messages.JiraSite_BadClientId();
    }

    static String cloudId(String text) {
        return isBlank(text) || CLOUD_ID.matcher(text.trim()).matches() ? null : Messages.JiraSite_BadCloudId();
    }

    static String idPrefix(String text) {
        if (isBlank(text)) {
            return null;
        }
        boolean good = text.length() <= ID_PREFIX_MAX && text.chars().noneMatch(Character::isISOControl);
        return good ? null : Messages.JiraSite_BadIdPrefix(Integer.toString(ID_PREFIX_MAX));
    }

    static String pattern(String text) {
        if (isBlank(text)) {
            return null;
        }
        try {
            Pattern.compile(text.trim());
            return null;
        } catch (PatternSyntaxException e) {
            return Messages.JiraSite_BadPattern(e.getDescription());
        }
    }

    static String deploymentPattern(String text) {
        String problem = pattern(text);
        if (problem != null || isBlank(text) || text.contains("(?<envName>")) {
            return problem;
        }
        return Messages.JiraSite_NoEnvName();
    }

    /** Of projects, as they stand before the hyphen of a key; the core knows more exactly. */
    static String words(String text) {
        if (isBlank(text)) {
            return null;
        }
        for (String word : text.split("[,;\\s]+")) {
            if (!word.isEmpty() && !word.matches("[A-Za-z][A-Za-z0-9_]+")) {
                return Messages.JiraSite_BadWord(word.replaceAll("\\p{Cntrl}", " "));
            }
        }
        return null;
    }

    static String first(Stream<String> problems) {
        return problems.filter(Objects::nonNull).findFirst().orElse(null);
    }

    private static boolean isBlank(String text) {
        return text == null || text.isBlank();
    }

    private static boolean isPrintable(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /** The address of a commit or a branch, with a place for its name. */
    static String link(String text, String place) {
        if (isBlank(text)) {
            return null;
        }
        boolean good = text.trim().matches("https?://[^\\s\\p{Cntrl}]+") && text.contains(place);
        return good ? null : Messages.JiraSite_BadLink(place);
    }
}
