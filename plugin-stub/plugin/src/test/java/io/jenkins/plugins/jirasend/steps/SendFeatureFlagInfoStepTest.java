package io.jenkins.plugins.jirasend.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Run;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.event.SentEvents;
import io.jenkins.plugins.jirasend.event.Services;
import java.util.List;
import java.util.Map;
import net.sf.json.JSONObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendFeatureFlagInfoStepTest {
    private final FakeServices services = new FakeServices();
    private final SendFeatureFlagInfoStep step = new SendFeatureFlagInfoStep("checkout-v2");
    private Run<?, ?> run;
    private FakeContext context;

    @BeforeEach
    void put() {
        services.addSite("acme.atlassian.net");
        Services.replace(services);
        run = services.build("app", 3, Map.of("BRANCH_NAME", "APP-1"));
        context = new FakeContext(run, services.listener());
        context.saved.set(null);
    }

    @AfterEach
    void restore() {
        Services.replace(null);
    }

    private static FlagEnvironment environment(String name, boolean enabled, String rollout) {
        FlagEnvironment environment = new FlagEnvironment(name, enabled);
        environment.setRollout(rollout);
        return environment;
    }

    private void send() {
        ((SendExecution) step.start(context)).start();
    }

    @Test
    void theFlagIsSentWhole() {
        step.setName("New checkout");
        step.setUrl("https://flags.example.com/checkout-v2");
        step.setEnabled(true);
        FlagEnvironment production = environment("Production", true, "25%");
        production.setType("production");
        production.setUrl("https://flags.example.com/checkout-v2/production");
        step.setEnvironments(List.of(
                production,
                environment("Staging", true, "3 rules"),
                environment("QA", false, "beta customers"),
                environment("Lab", true, "12.5 %"),
                environment("Dev", true, null)));
        send();
        assertInstanceOf(List.class, context.result);
        JSONObject event = services.sender.events.get(0);
        assertEquals("flag", event.getString("kind"));
        assertEquals("checkout-v2", event.getString("flagId"));
        assertEquals("New checkout", event.getString("name"));
        assertTrue(event.getBoolean("enabled"));
        assertEquals(
                "[{\"name\":\"Production\",\"enabled\":true,\"rollout\":{\"percentage\":25},\"type\":\"production\","
                        + "\"url\":\"https://flags.example.com/checkout-v2/production\"},"
                        + "{\"name\":\"Staging\",\"enabled\":true,\"rollout\":{\"rules\":3}},"
                        + "{\"name\":\"QA\",\"enabled\":false,\"rollout\":{\"text\":\"beta customers\"}},"
                        + "{\"name\":\"Lab\",\"enabled\":true,\"rollout\":{\"percentage\":12.5}},"
                        + "{\"name\":\"Dev\",\"enabled\":true}]",
                event.getJSONArray("environments").toString());
        for (String ofARun : List.of("pipelineId", "number", "state", "pipelineName", "label")) {
            assertFalse(event.has(ofARun), ofARun);
        }
        assertEquals("[{\"text\":\"APP-1\",\"from\":\"branch\"}]", event.getJSONArray("keyText").toString());
        assertEquals(
                List.of("[jirasend] flag checkout-v2 by app #3 -> acme.atlassian.net: accepted (APP-1)"),
                services.lines());
    }

    @Test
    void whatIsMissingIsALineAndNoException() {
        send();
        assertTrue(services.lines().get(0).contains("environments"), services.lines().toString());
        assertEquals(0, services.sender.events.size());
        SendFeatureFlagInfoStep unnamed = new SendFeatureFlagInfoStep(" ");
        unnamed.setEnvironments(null);
        ((SendExecution) unnamed.start(context)).start();
        assertTrue(services.lines().get(1).contains("flagId"), services.lines().toString());
        assertEquals(2, context.ends);
    }

    @Test
    void aFlagSilencesNoAutomaticEvent() {
        step.setEnvironments(List.of(environment("Production", true, null)));
        send();
        assertEquals(null, run.getAction(SentEvents.class));
        assertFalse(services.sender.events.get(0).has("enabled"), "it follows from its environments");
    }
}
