package io.jenkins.plugins.jirasend.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IssueKeysTest {
    @ParameterizedTest
    @CsvSource({
        "feature/APP-2-login, APP-2",
        "feature_APP-1, APP-1",
        "APP-1_fix, APP-1",
        "bugfix-APP-2, APP-2",
        "MY_APP-7, MY_APP-7",
        "'APP-3, APP-3 and OPS-10', APP-3 OPS-10",
        "[APP-4], APP-4",
        "xAPP-1, ''",
        "APP-1x, ''",
        "éAPP-1, ''",
        "APP-1é, ''",
        "APP-012, ''",
        "A-1, ''",
        "app-1, ''",
        "1APP-1, ''",
        "修复APP-1登录, APP-1",
        "ーAPP-1々, APP-1",
        "한APP-1글, APP-1",
        "แก้APP-1แล้ว, APP-1",
        "๑APP-1, ''",
        "APP-1๑, ''",
    })
    void findsKeysAtTheirBorders(String text, String expected) {
        assertEquals(expected, String.join(" ", IssueKeys.in(List.of(text))));
    }

    @Test
    void inAnyCaseKeysStayAsTheyStand() {
        assertEquals(
                List.of("app-12", "APP-3"), List.copyOf(IssueKeys.in(List.of("feature/app-12-login APP-3 xapp-4x"), true)));
    }

    @Test
    void keepsTheOrderOfTexts() {
        assertEquals(
                List.of("AB-2", "A1-1"), List.copyOf(IssueKeys.in(Arrays.asList("AB-2", null, "A1-1 AB-2"))));
    }

    /** Four times the text may take four times as long; sixteen times would be a square. */
    @Test
    void theTimeGrowsWithTheTextWhateverItIs() {
        cpuNanos("A_".repeat(10_000));
        long once = cpuNanos("A_".repeat(10_000));
        long fourTimes = cpuNanos("A_".repeat(40_000));
        assertTrue(fourTimes < 10 * once, once + " ns, and for four times the text " + fourTimes + " ns");
    }

    private static long cpuNanos(String text) {
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            IssueKeys.in(List.of(text));
            best = Math.min(best, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
        }
        return best;
    }
}
