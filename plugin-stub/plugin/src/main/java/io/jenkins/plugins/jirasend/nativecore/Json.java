package io.jenkins.plugins.jirasend.nativecore;

import groovy.json.JsonOutput;
import groovy.json.JsonSlurperClassic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * JSON as plain collections, with the Groovy of Jenkins. Its other JSON library guesses at texts that
 * look like JSON, and messages may look like anything.
 */
final class Json {
    private Json() {}

    static byte[] write(Map<String, ?> object) {
        return JsonOutput.toJson(object).getBytes(StandardCharsets.UTF_8);
    }

    static Object read(byte[] text) {
        return new JsonSlurperClassic().parseText(new String(text, StandardCharsets.UTF_8));
    }

    static Map<?, ?> readObject(byte[] text) {
        return read(text) instanceof Map<?, ?> map ? map : Map.of();
    }

    static String text(Map<?, ?> object, String member) {
        return object.get(member) instanceof String text ? text : "";
    }

    static long number(Map<?, ?> object, String member) {
        return object.get(member) instanceof Number number ? number.longValue() : 0;
    }

    static boolean flag(Map<?, ?> object, String member) {
        return Boolean.TRUE.equals(object.get(member));
    }

    static List<?> list(Map<?, ?> object, String member) {
        return object.get(member) instanceof List<?> list ? list : List.of();
    }

    static List<String> texts(Map<?, ?> object, String member) {
        List<String> texts = new ArrayList<>();
        list(object, member).forEach(element -> texts.add(String.valueOf(element)));
        return texts;
    }
}
