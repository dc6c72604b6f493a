package io.jenkins.plugins.jirasend.outbox;

import hudson.Extension;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Events are held until somebody fixes credentials, a permission or a site. */
@Extension
public class HeldSiteMonitor extends DeliveryMonitor {
    @Override
    public String getDisplayName() {
        return Messages.HeldSiteMonitor_DisplayName();
    }

    @Override
    public boolean isActivated() {
        return !getLines().isEmpty();
    }

    /** What is held and why. */
    public List<String> getLines() {
        return lines(state());
    }

    static List<String> lines(DeliveryState state) {
        Set<String> lines = new LinkedHashSet<>(); // a site that is held has the same words in each of its lanes
        state.heldLanes().forEach(lane -> lines.add(lane.site() + ": " + lane.message()));
        lines.addAll(state.siteProblems());
        return List.copyOf(lines);
    }
}
