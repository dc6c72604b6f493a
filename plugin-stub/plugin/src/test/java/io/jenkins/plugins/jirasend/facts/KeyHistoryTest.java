package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import hudson.XmlFile;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.MockedConstruction;

class KeyHistoryTest {
    private Object content;
    private boolean unreadable;

    private final KeyHistory history = new KeyHistory(new KeyHistory.Store() {
        @Override
        public boolean exists() {
            return content != null;
        }

        @Override
        public Object read() throws IOException {
            if (unreadable) {
                throw new IOException("torn");
            }
            return content;
        }

        @Override
        public void write(Object written) {
            content = written;
        }
    });

    @Test
    void readsEarlierBuildsOnceForEachEnvironment() throws Exception {
        assertEquals(List.of("APP-1"), waiting("prod", 5, Map.of("APP-1", 3)));
        assertEquals(
                List.of("APP-1"),
                history.pending("prod", 5, () -> {
                            throw new AssertionError("seeded twice");
                        })
                        .waiting());
        assertEquals(List.of("APP-2"), waiting("test", 5, Map.of("APP-2", 4)));
    }

    @Test
    void carriesKeysUntilTheyAreDeployedToEachEnvironment() throws Exception {
        waiting("prod", 1, Map.of());
        waiting("test", 1, Map.of());
        history.built(1, List.of("APP-1"));
        history.built(2, List.of("APP-2"));
        history.deployed("test", 2, List.of("APP-1", "APP-2"));
        assertEquals(List.of(), waiting("test", 3, null));
        assertEquals(List.of("APP-1", "APP-2"), waiting("prod", 3, null));
    }

    @Test
    void anOlderBuildDeploysOnlyWhatWasBuiltUpToIt() throws Exception {
        waiting("prod", 1, Map.of());
        history.built(1, List.of("APP-1"));
        history.built(2, List.of("APP-2"));
        assertEquals(List.of("APP-1"), waiting("prod", 1, null));
        history.deployed("prod", 1, List.of("APP-1"));
        assertEquals(List.of("APP-2"), waiting("prod", 2, null));
    }

    @Test
    void aBuildThatWasDeployedDoesNotWaitAgainWhenItEnds() throws Exception {
        history.deployed("prod", 4, List.of("APP-1"));
        history.built(4, List.of("APP-1"));
        assertEquals(List.of(), waiting("prod", 5, null));
    }

    @Test
    void aBuildThatANewerOneHasOvertakenWaitsForTheNextDeployment() throws Exception {
        waiting("prod", 6, Map.of());
        history.built(6, List.of("APP-6"));
        history.deployed("prod", 8, List.of("APP-6", "APP-8")); // 7 is still running
        history.built(8, List.of("APP-8"));
        history.built(7, List.of("APP-7"));
        assertEquals(List.of(), waiting("prod", 6, null), "an older one does not bring it");
        assertEquals(List.of("APP-7"), waiting("prod", 8, null));
        assertEquals(List.of("APP-7"), waiting("prod", 9, null));
        history.deployed("prod", 9, List.of("APP-7", "APP-9"));
        assertEquals(List.of(), waiting("prod", 10, null));
    }

    @Test
    void whatTheNewerBuildHasNamedDoesNotWaitAgain() throws Exception {
        history.deployed("prod", 8, List.of("APP-1", "APP-8")); // the first time, 7 was read although it ran
        history.built(7, List.of("APP-1", "APP-7"));
        assertEquals(List.of("APP-7"), waiting("prod", 9, null));
        history.built(9, List.of("APP-1"));
        assertEquals(List.of("APP-7", "APP-1"), waiting("prod", 9, null), "there is more of it");
    }

    @Test
    void aBuildThatWasDeployedDoesNotWaitBecauseANewerOneWasDeployedBeforeItEnded() throws Exception {
        waiting("test", 6, Map.of());
        history.deployed("prod", 7, List.of("APP-7"));
        history.deployed("prod", 8, List.of("APP-8"));
        history.built(7, List.of("APP-7"));
        history.built(8, List.of("APP-8"));
        assertEquals(List.of(), waiting("prod", 9, null));
        assertEquals(List.of("APP-7", "APP-8"), waiting("test", 9, null));
    }

    @Test
    void aBuildThatIsRolledBackBeforeItEndsWaits() throws Exception {
        history.deployed("prod", 7, List.of("APP-7"));
        history.deployed("prod", 8, List.of("APP-8"));
        history.deployed("prod", 7, List.of("APP-7"));
        history.built(8, List.of("APP-8"));
        history.built(7, List.of("APP-7"));
        assertEquals(List.of("APP-8"), waiting("prod", 9, null));
    }

    @Test
    void remembersTheLastDeployment() throws Exception {
        history.deployed("prod", 4, List.of("APP-1", "APP-1", "APP-2"));
        KeyHistory.Pending pending = history.pending("prod", 5, Map::of);
        assertEquals(List.of("APP-1", "APP-2"), pending.last());
        assertEquals(4, pending.lastNumber());
    }

    @Test
    void remembersNothingForJobsThatAreNotDeployed() {
        history.built(1, List.of("APP-1"));
        assertFalse(history.exists());
    }

    @Test
    void doesNotBringBackTheFolderOfAJobThatIsDeleted(@TempDir File folder) {
        try (MockedConstruction<XmlFile> files = mockConstruction(XmlFile.class)) {
            KeyHistory.in(new File(folder, "gone")).deployed("prod", 1, List.of("APP-1"));
            verifyNoWrite(files.constructed().get(0));
            KeyHistory.in(folder).deployed("prod", 1, List.of("APP-1"));
            assertThrows(AssertionError.class, () -> verifyNoWrite(files.constructed().get(1)));
        }
    }

    private static void verifyNoWrite(XmlFile file) {
        try {
            verify(file, never()).write(any());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void isBounded() throws Exception {
        waiting("prod", 1, Map.of());
        List<String> keys = new ArrayList<>();
        for (int i = 1; i <= 600; i++) {
            keys.add("APP-" + i);
        }
        history.built(1, keys);
        List<String> waiting = waiting("prod", 1, null);
        assertEquals(500, waiting.size());
        assertEquals("APP-600", waiting.get(499));
        for (int i = 0; i < 150; i++) {
            history.deployed("preview-" + i, 1, List.of());
        }
        assertEquals(100, ((Map<?, ?>) content).size());
        for (int i = 1; i <= 150; i++) {
            history.deployed("prod", i, List.of());
        }
        Map<?, ?> prod = (Map<?, ?>) ((Map<?, ?>) content).get("prod");
        assertEquals(50, ((List<?>) prod.get("deployed")).size());
        assertEquals(150, ((List<?>) prod.get("deployed")).get(49));
    }

    @Test
    void startsAnewWhenTheFileIsDamaged() throws Exception {
        history.deployed("prod", 4, List.of("APP-1"));
        unreadable = true;
        assertEquals(List.of("APP-9"), waiting("prod", 5, Map.of("APP-9", 2)));
        unreadable = false;
        content = List.of("something else");
        assertEquals(List.of(), waiting("prod", 5, Map.of()));
        content = Map.of("prod", Map.of("waiting", "x", "lastKeys", 3));
        assertTrue(history.pending("prod", 5, Map::of).last().isEmpty());
    }

    private List<String> waiting(String environment, int number, Map<String, Integer> seed)
            throws InterruptedException {
        return history.pending(environment, number, () -> seed).waiting();
    }
}
