package io.jenkins.plugins.jirasend.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.jirasend.config.EnvironmentPattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The words that the plugin knows are those of the core, whose tables are read here. */
class WordsTest {
    private static final Path CORE = Path.of("../../native/src/event");
    private static final Pattern WORD = Pattern.compile("\\{\"([a-z_]+)\",\\s*\"([a-z_]+)\"\\}");

    private static String source(String name) throws IOException {
        return Files.readString(CORE.resolve(name));
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start);
        assertTrue(from >= 0, start);
        return text.substring(from + start.length(), text.indexOf(end, from + start.length()));
    }

    private static TreeSet<String> list(String words) {
        return new TreeSet<>(Arrays.asList(words.split(", ")));
    }

    @Test
    void statesMeanWhatTheyMeanToTheCore() throws IOException {
        Map<String, String> core = new TreeMap<>();
        Matcher word = WORD.matcher(between(source("words.c"), "static const word states[] = {", "};"));
        while (word.find()) {
            core.put(word.group(1), word.group(2));
        }
        Map<String, String> ours = new TreeMap<>();
        State.WORDS.forEach((state, words) -> {
            ours.put(state, state);
            words.forEach(other -> ours.put(other, state));
        });
        assertEquals(core, ours);
        core.forEach((theirs, state) -> assertEquals(state, State.read(theirs)));
    }

    @Test
    void formsOfferTheStatesAndTypesOfTheCore() throws IOException {
        String words = source("words.c");
        assertEquals(
                list(between(words, "js_build_state_words[] = \"", "\"")),
                new TreeSet<>(State.all(EventKind.BUILD)));
        assertEquals(
                list(between(words, "js_state_words[] =\n    \"", "\"")),
                new TreeSet<>(State.all(EventKind.DEPLOYMENT)));
        assertEquals(
                list(between(words, "js_environment_type_words[] = \"", "\"")),
                new TreeSet<>(EnvironmentPattern.TYPES));
    }

    @ParameterizedTest
    @EnumSource(EventKind.class)
    void kindsAreRowsOfTheCore(EventKind kind) throws IOException {
        assertTrue(source("kind_" + kind.word() + ".c").contains(".name = \"" + kind.word() + "\""));
    }

    @ParameterizedTest
    @CsvSource({
        "SUCCESS, successful", "In Progress, in_progress", "timed-out, failed", "Not_Built, cancelled",
        "rolled-back, rolled_back", "perhaps, perhaps", ", "
    })
    void statesAreReadInAnyCase(String word, String state) {
        SendOptions options = new SendOptions(EventKind.DEPLOYMENT);
        options.state(word);
        assertEquals(state, options.state());
    }
}
