package io.jenkins.plugins.jirasend.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildsTest {
    @TempDir
    Path folder;

    private boolean isOver(String content) throws Exception {
        Path file = folder.resolve("build.xml");
        Files.writeString(file, content);
        return Builds.isOver(file.toFile());
    }

    /** Of a build that may go on, nobody but Jenkins may make another object. */
    @Test
    void onlyABuildThatCameToItsEndIsLoadedBesideJenkins() throws Exception {
        assertEquals(true, isOver("<build>\n  <actions/>\n  <result>SUCCESS</result>\n</build>"));
        assertEquals(false, isOver("<build>\n  <duration>0</duration>\n</build>"));
        String pipeline = "<?xml version='1.1'?>\n<flow-build plugin='x'>\n  <result>UNSTABLE</result>\n%s</flow-build>";
        assertEquals(true, isOver(pipeline.formatted("  <completed>true</completed>\n")));
        assertEquals(false, isOver(pipeline.formatted("  <completed>false</completed>\n")));
        assertEquals(false, isOver(pipeline.formatted("")), "one of former days does not say");
        assertEquals(false, isOver(pipeline.formatted("<a><completed>true</completed></a>\n  <completed>false</completed>\n")));
        assertEquals(false, Builds.isOver(folder.resolve("gone").toFile()));
    }
}
