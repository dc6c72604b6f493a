package io.jenkins.plugins.jirasend.event;

import io.jenkins.plugins.jirasend.nativecore.GateStatus;
import io.jenkins.plugins.jirasend.nativecore.Receipt;
import io.jenkins.plugins.jirasend.nativecore.Sender;
import io.jenkins.plugins.jirasend.nativecore.Submission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import net.sf.json.JSONObject;

/** Takes events like the core, and says what tests want to hear. */
public final class FakeSender implements Sender {
    public final List<JSONObject> events = new ArrayList<>();
    public final List<Submission> submissions = new ArrayList<>();
    public final List<Duration> waits = new ArrayList<>();
    public volatile String unavailable;
    public Function<JSONObject, CompletableFuture<Receipt>> answer =
            event -> CompletableFuture.completedFuture(receipt(event, Receipt.ACCEPTED, "fine"));
    public BiFunction<String, String, CompletableFuture<GateStatus>> gate;
    public Function<Long, Receipt> known = id -> null;

    @Override
    public String unavailable() {
        return unavailable;
    }

    @Override
    public CompletableFuture<Receipt> submit(Submission submitted, Duration wait) {
        JSONObject event = JSONObject.fromObject(submitted.document());
        submissions.add(submitted);
        events.add(event);
        waits.add(wait);
        return answer.apply(event);
    }

    @Override
    public CompletableFuture<GateStatus> gate(String site, String pipelineId, String environmentId, long number) {
        return gate.apply(site, pipelineId + " " + environmentId + " " + number);
    }

    @Override
    public Receipt receipt(long id) {
        return known.apply(id);
    }

    public static Receipt receipt(JSONObject event, String status, String message) {
        return new Receipt(
                7,
                event.getString("requestId"),
                event.getString("kind"),
                event.getString("site"),
                status,
                List.of("APP-1"),
                List.of(),
                0,
                message,
                202,
                1);
    }
}
