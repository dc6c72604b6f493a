package io.jenkins.plugins.jirasend.facts;

import hudson.model.Cause;
import hudson.model.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The runs that a run comes from: what they built is what it builds on or deploys. */
public final class Origins {
    /** Deeper chains are more likely a circle than a release. */
    static final int LEVELS = 5;

    private Origins() {}

    /** The upstream runs that still exist, nearest first, each once, the run itself left out. */
    public static List<Run<?, ?>> of(Run<?, ?> run) {
        Map<String, Run<?, ?>> found = new LinkedHashMap<>();
        found.put(run.getExternalizableId(), run);
        List<Run<?, ?>> level = List.of(run);
        for (int depth = 0; depth < LEVELS && !level.isEmpty(); depth++) {
            List<Run<?, ?>> next = new ArrayList<>();
            for (Run<?, ?> downstream : level) {
                addUpstream(downstream, found, next);
            }
            level = next;
        }
        List<Run<?, ?>> runs = new ArrayList<>(found.values());
        runs.remove(0);
        return runs;
    }

    private static void addUpstream(Run<?, ?> run, Map<String, Run<?, ?>> found, List<Run<?, ?>> next) {
        for (Cause cause : run.getCauses()) {
            if (!(cause instanceof Cause.UpstreamCause upstreamCause)) {
                continue;
            }
            Run<?, ?> upstream = upstreamCause.getUpstreamRun();
            if (upstream != null && found.putIfAbsent(upstream.getExternalizableId(), upstream) == null) {
                next.add(upstream);
            }
        }
    }
}
