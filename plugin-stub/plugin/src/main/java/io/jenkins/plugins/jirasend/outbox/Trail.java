package io.jenkins.plugins.jirasend.outbox;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Where the pages begin that somebody has come through: the way back from one that knows only what follows. */
record Trail(List<Long> starts) {
    /** Longer ones would not fit into an address. */
    private static final int MAX = 60;

    Trail {
        starts = List.copyOf(starts);
    }

    /** As it stands in an address; what is no trail is an empty one. */
    static Trail read(@CheckForNull String text) {
        List<Long> starts = new ArrayList<>();
        if (text != null && text.matches("[0-9]{1,18}(-[0-9]{1,18}){0,99}")) {
            for (String part : text.split("-")) {
                starts.add(Long.parseLong(part));
            }
        }
        return new Trail(starts);
    }

    /** Where the page begins that is looked at; 0: the first. */
    long here() {
        return starts.isEmpty() ? 0 : starts.get(starts.size() - 1);
    }

    boolean isStart() {
        return starts.isEmpty();
    }

    Trail forth(long start) {
        List<Long> longer = new ArrayList<>(starts);
        longer.add(start);
        return new Trail(longer.size() > MAX ? longer.subList(longer.size() - MAX, longer.size()) : longer);
    }

    Trail back() {
        return isStart() ? this : new Trail(starts.subList(0, starts.size() - 1));
    }

    @Override
    public String toString() {
        return starts.stream().map(String::valueOf).collect(Collectors.joining("-"));
    }
}
