package io.jenkins.plugins.jirasend.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jenkins.plugins.jirasend.nativecore.DeliveryState;
import io.jenkins.plugins.jirasend.nativecore.DeliveryState.Lane;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldSiteMonitorTest {
    @Test
    void saysWhatIsHeldOnceForEachReason() {
        DeliveryState state = new DeliveryState(
                null,
                false,
                1,
                3,
                0,
                0,
                List.of(
                        new Lane("a.example.com", "build", 2, true, "No token.", 0),
                        new Lane("a.example.com", "deployment", 1, true, "No token.", 0),
                        new Lane("b.example.com", "build", 1, false, "", 0)),
                List.of("There is no secret for c.example.com."));
        assertEquals(
                List.of("a.example.com: No token.", "There is no secret for c.example.com."),
                HeldSiteMonitor.lines(state));
    }
}
