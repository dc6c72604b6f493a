package io.jenkins.plugins.jirasend.backfill;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the history of builds has come. It outlives Jenkins in a file of plain collections.
 *
 * @param phase what is being done
 * @param counts builds by job and month ({@code 2026-11})
 * @param until builds that ended later have told of themselves (milliseconds since 1970)
 * @param job up to which everything was done, but for its builds after {@code number}
 * @param told events that were submitted
 * @param silent builds that name no issue
 * @param pending events that were submitted and may still wait, oldest first
 * @param round how often it was stopped: what was taken back then is another request the next time
 */
public record Progress(
        Phase phase,
        Map<String, Map<String, Integer>> counts,
        long until,
        String job,
        int number,
        long told,
        long silent,
        List<Pending> pending,
        int round) {

    /** An event of a build. */
    record Pending(long id, String job, int number) {}

    /** What is being done. */
    public enum Phase {
        NOTHING,
        COUNTING,
        COUNTED,
        SENDING,
        STOPPED,
        DONE
    }

    static final Progress NOTHING = new Progress(Phase.NOTHING, Map.of(), 0, "", 0, 0, 0, List.of(), 0);

    static Progress counting(long now) {
        return new Progress(Phase.COUNTING, Map.of(), now, "", 0, 0, 0, List.of(), 0);
    }

    Progress in(Phase other) {
        return new Progress(other, counts, until, job, number, told, silent, pending, round);
    }

    Progress with(Map<String, Map<String, Integer>> counted) {
        return new Progress(phase, counted, until, job, number, told, silent, pending, round);
    }

    Progress at(String fullName, int build, long events, long nothing, List<Pending> waiting) {
        return new Progress(phase, counts, until, fullName, build, told + events, silent + nothing, List.copyOf(waiting), round);
    }

    /** Stopped: what comes after this is to be told in the next round. */
    Progress stoppedAt(String fullName, int build) {
        return new Progress(Phase.STOPPED, counts, until, fullName, build, told, silent, List.of(), round + 1);
    }

    boolean isRunning() {
        return phase == Phase.COUNTING || phase == Phase.SENDING;
    }

    /** Builds that were counted. */
    public long total() {
        return counts.values().stream()
                .flatMap(months -> months.values().stream())
                .mapToLong(Integer::longValue)
                .sum();
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("phase", phase.name());
        Map<String, Object> jobs = new LinkedHashMap<>();
        counts.forEach((name, months) -> jobs.put(name, new LinkedHashMap<>(months)));
        map.put("counts", jobs);
        map.put("until", until);
        map.put("job", job);
        map.put("number", number);
        map.put("told", told);
        map.put("silent", silent);
        List<Object> waiting = new ArrayList<>();
        pending.forEach(event -> waiting.add(new ArrayList<>(List.of(event.id(), event.job(), event.number()))));
        map.put("pending", waiting);
        map.put("round", round);
        return map;
    }

    /** A file that somebody edited is read as far as it makes sense. */
    static Progress read(Object content) {
        if (!(content instanceof Map<?, ?> map)) {
            return NOTHING;
        }
        Map<String, Map<String, Integer>> counts = new LinkedHashMap<>();
        if (map.get("counts") instanceof Map<?, ?> jobs) {
            jobs.forEach((name, months) -> {
                Map<String, Integer> read = new LinkedHashMap<>();
                if (months instanceof Map<?, ?> each) {
                    each.forEach((month, count) -> read.put(String.valueOf(month), (int) number(count)));
                }
                counts.put(String.valueOf(name), read);
            });
        }
        List<Pending> pending = new ArrayList<>();
        if (map.get("pending") instanceof List<?> events) {
            for (Object event : events) {
                if (event instanceof List<?> parts && parts.size() == 3) {
                    pending.add(new Pending(number(parts.get(0)), String.valueOf(parts.get(1)), (int) number(parts.get(2))));
                }
            }
        }
        Phase phase;
        try {
            phase = Phase.valueOf(String.valueOf(map.get("phase")));
        } catch (IllegalArgumentException e) {
            phase = Phase.NOTHING;
        }
        return new Progress(
                phase,
                counts,
                number(map.get("until")),
                map.get("job") instanceof String text ? text : "",
                (int) number(map.get("number")),
                number(map.get("told")),
                number(map.get("silent")),
                pending,
                (int) number(map.get("round")));
    }

    private static long number(Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }
}
