package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How delivery stands, as it was a moment ago. Monitors are asked on every page of Jenkins, so they
 * read this and ask nobody.
 *
 * @param unavailable why nothing can be sent at all, or null
 * @param broken whether that is a fault and not an administrator's wish
 * @param waiting events that wait and are not held
 * @param held events that are held
 * @param dead dead letters
 * @param removedDead dead letters that were removed because there were too many or they were too old
 * @param lanes one for each site and kind of event
 * @param siteProblems sites that cannot be used as they are configured, in sentences
 */
public record DeliveryState(
        @CheckForNull String unavailable,
        boolean broken,
        long waiting,
        long held,
        long dead,
        long removedDead,
        List<Lane> lanes,
        List<String> siteProblems) {

    /**
     * What is sent one after the other.
     *
     * @param message why it is held or waits
     * @param retryInMs how long until the next try
     */
    public record Lane(String site, String kind, long waiting, boolean held, String message, long retryInMs) {}

    static DeliveryState without(String unavailable, boolean broken) {
        return new DeliveryState(unavailable, broken, 0, 0, 0, 0, List.of(), List.of());
    }

    static DeliveryState read(byte[] status, List<String> siteProblems) {
        Map<?, ?> json = Json.readObject(status);
        List<Lane> lanes = new ArrayList<>();
        for (Object element : Json.list(json, "lanes")) {
            if (element instanceof Map<?, ?> lane) {
                lanes.add(new Lane(
                        Json.text(lane, "site"),
                        Json.text(lane, "kind"),
                        Json.number(lane, "waiting"),
                        Json.flag(lane, "held"),
                        Json.text(lane, "message"),
                        Json.number(lane, "retryInMs")));
            }
        }
        return new DeliveryState(
                null,
                false,
                Json.number(json, "waiting"),
                Json.number(json, "held"),
                Json.number(json, "dead"),
                Json.number(json, "removedDead"),
                List.copyOf(lanes),
                List.copyOf(siteProblems));
    }

    DeliveryState withProblems(List<String> more) {
        List<String> all = new ArrayList<>(siteProblems);
        all.addAll(more);
        return new DeliveryState(unavailable, broken, waiting, held, dead, removedDead, lanes, List.copyOf(all));
    }

    public List<Lane> heldLanes() {
        return lanes.stream().filter(Lane::held).toList();
    }
}
