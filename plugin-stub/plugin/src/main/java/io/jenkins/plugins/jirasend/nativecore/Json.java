package io.jenkins.plugins.jirasend.nativecore;

import groovy.json.JsonOutput;
import groovy.json.JsonSlurperClassic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as plain collections, with the Groovy of Jenkins. Its other JSON library guesses at texts that
 * look like JSON, such as {@code [APP-1]} or {@code null}, and messages may look like anything.
 */
public final class Json {
    private Json() {}

    /** Without what the core refuses: half of a character, and NUL. */
    public static String write(Object value) {
        return JsonOutput.toJson(acceptable(value));
    }

    static byte[] bytes(Map<String, ?> object) {
        return write(object).getBytes(StandardCharsets.UTF_8);
    }

    private static Object acceptable(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((name, member) -> copy.put(acceptable((String) name), acceptable(member)));
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

    public static Object read(byte[] text) {
        return new JsonSlurperClassic().parseText(new String(text, StandardCharsets.UTF_8));
    }

    public static Map<?, ?> readObject(byte[] text) {
        return read(text) instanceof Map<?, ?> map ? map : Map.of();
    }

    public static String text(Map<?, ?> object, String member) {
        return object.get(member) instanceof String text ? text : "";
    }

    public static long number(Map<?, ?> object, String member) {
        return object.get(member) instanceof Number number ? number.longValue() : 0;
    }

    public static boolean flag(Map<?, ?> object, String member) {
        return Boolean.TRUE.equals(object.get(member));
    }

    public static List<?> list(Map<?, ?> object, String member) {
        return object.get(member) instanceof List<?> list ? list : List.of();
    }

    public static List<String> texts(Map<?, ?> object, String member) {
        List<String> texts = new ArrayList<>();
        list(object, member).forEach(element -> texts.add(String.valueOf(element)));
        return texts;
    }
}
