package io.jenkins.plugins.jirasend.automatic;

import java.util.ArrayList;
import java.util.List;

/** A stage that matches a site's pattern, from its start to its end. Written to disk with the run. */
final class OpenStage {
    private final String startId;
    private final String name;
    private volatile String endId;
    private volatile boolean begun;
    private volatile long begunAt;
    private volatile String firstWorkId;

    /** Replaced, never changed: the run may be written to disk at any time. */
    private volatile ArrayList<String> told = new ArrayList<>();

    OpenStage(String startId, String name) {
        this.startId = startId;
        this.name = name;
    }

    /** The node that opens the stage's body and carries its name. */
    String startId() {
        return startId;
    }

    String name() {
        return name;
    }

    /** The node that closes the body; null while the stage is open. */
    String endId() {
        return endId;
    }

    void close(String node) {
        endId = node;
    }

    /** Something was done in it: a step that does more than to prepare or to ask. */
    boolean isBegun() {
        return begun;
    }

    void begin(long at, String node) {
        begunAt = at;
        firstWorkId = node;
        begun = true;
    }

    long begunAt() {
        return begunAt;
    }

    /** The node of that step; null before. */
    String firstWorkId() {
        return firstWorkId;
    }

    /** In progress was sent to this site for this environment. */
    void tell(String site, String environment) {
        ArrayList<String> longer = new ArrayList<>(told());
        longer.add(key(site, environment));
        told = longer;
    }

    boolean isTold(String site, String environment) {
        return told().contains(key(site, environment));
    }

    private List<String> told() {
        return told == null ? List.of() : told;
    }

    private static String key(String site, String environment) {
        return site + " " + environment;
    }
}
