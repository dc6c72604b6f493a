package io.jenkins.plugins.jirasend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may use which, and that no two things have one name. */
class PackagesTest {
    private static final Path SOURCES = Path.of("src/main/java/io/jenkins/plugins/jirasend");
    private static final Pattern OURS = Pattern.compile("io\\.jenkins\\.plugins\\.jirasend\\.([a-z]+)\\.");

    /** Each may use those to its right, and nothing of what is above may be used by what is below. */
    private static final Map<String, Set<String>> ALLOWED = Map.of(
            "nativecore", Set.of(),
            "config", Set.of("nativecore"),
            "facts", Set.of("nativecore"),
            "event", Set.of("nativecore", "config", "facts"),
            "steps", Set.of("nativecore", "config", "facts", "event"),
            "freestyle", Set.of("event"),
            "automatic", Set.of("nativecore", "config", "facts", "event"),
            "backfill", Set.of("nativecore", "config", "event", "automatic"),
            "outbox", Set.of("nativecore", "config", "event", "backfill"));

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    @Test
    void noPackageUsesOneThatUsesIt() throws IOException {
        Map<String, Set<String>> used = new TreeMap<>();
        for (Path file : sources()) {
            String own = file.getParent().getFileName().toString();
            Set<String> others = used.computeIfAbsent(own, unused -> new TreeSet<>());
            Matcher matcher = OURS.matcher(Files.readString(file));
            while (matcher.find()) {
                others.add(matcher.group(1));
            }
            others.remove(own);
        }
        assertEquals(ALLOWED.keySet(), used.keySet());
        used.forEach((own, others) ->
                assertTrue(ALLOWED.get(own).containsAll(others), own + " uses " + others));
    }

    @Test
    void noTwoClassesHaveOneNameNorThatOfAPackage() throws IOException {
        Set<String> names = new TreeSet<>(ALLOWED.keySet());
        names.remove("nativecore"); // called after its class, whose name the library knows
        for (Path file : sources()) {
            String name = file.getFileName().toString().replace(".java", "").toLowerCase(Locale.ROOT);
            assertTrue(names.add(name), file + " is called as something else is");
        }
    }
}
