package io.jenkins.plugins.jirasend.facts;

/** How the tests of a build went. */
public record TestCounts(int total, int failed, int skipped) {
    public int passed() {
        return Math.max(0, total - failed - skipped);
    }

    /** A build may hold several reports. */
    public TestCounts plus(TestCounts other) {
        return new TestCounts(total + other.total, failed + other.failed, skipped + other.skipped);
    }
}
