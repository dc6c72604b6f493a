package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PipelineIdTest {
    @Test
    void isPrefixAndFullNameAsItIs() {
        assertEquals("app/feature%2FX", PipelineId.of("", "app/feature%2FX"));
        assertEquals("app", PipelineId.of(null, "app"));
        assertEquals("eu-app", PipelineId.of("eu-", "app"));
    }

    @Test
    void keepsWhatFits() {
        String name = "n".repeat(255);
        assertEquals(name, PipelineId.of("", name));
    }

    @Test
    void cutsWhatDoesNotFitAndStaysUnique() {
        String id = PipelineId.of("", "n".repeat(256));
        assertTrue(id.matches("n{190}~[0-9a-f]{64}"), id);
        assertEquals(255, id.length());
        assertNotEquals(id, PipelineId.of("", "n".repeat(257)));
        // printf 'n%.0s' {1..256} | sha256sum
        assertEquals("n".repeat(190) + "~" + sha256OfN256(), id);
    }

    @Test
    void splitsNoCharacter() {
        String id = PipelineId.of("", "n".repeat(189) + "\uD83D\uDE00".repeat(40));
        assertFalse(Character.isHighSurrogate(id.charAt(id.indexOf('~') - 1)), id);
    }

    private static String sha256OfN256() {
        return "342aaaf5a0fcb18cba413f00ff46ffc9bcaa496b545e0998a81056cc7bec6aea";
    }
}
