package io.jenkins.plugins.jirasend.event;

import groovy.json.JsonOutput;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes plain collections as the JSON that the core reads.
 *
 * <p>Not done with the JSON library of Jenkins, because that one guesses: a text such as {@code
 * [APP-1]} becomes an array, {@code 'x'} loses its quotes and {@code null} vanishes. Commit messages
 * look like that.
 */
final class Json {
    private Json() {}

    static String of(Object value) {
        return JsonOutput.toJson(acceptable(value));
    }

    /** The same without what the core refuses: half of a character, and NUL. */
    private static Object acceptable(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((name, member) -> copy.put((String) name, acceptable(member)));
            return copy;
        }
        if (value instanceof Iterable<?> elements) {
            List<Object> copy = new ArrayList<>();
            elements.forEach(element -> copy.add(acceptable(element)));
            return copy;
        }
        return value instanceof CharSequence text ? acceptable(text) : value;
    }

    private static String acceptable(CharSequence text) {
        return text.codePoints()
                .map(c -> c == 0 || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '\uFFFD' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
