package io.jenkins.plugins.jirasend.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;

import hudson.model.Run;
import io.jenkins.plugins.jirasend.config.JiraSendConfiguration;
import io.jenkins.plugins.jirasend.event.FakeServices;
import io.jenkins.plugins.jirasend.nativecore.History;
import io.jenkins.plugins.jirasend.nativecore.JiraSendClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunEventsTest {
    private static final long START = 1_800_000_000_000L;

    /** Names of jobs and numbers of builds come again, and who may see the new job could not always see the old one. */
    @Test
    void eventsOfADeletedJobOfThatNameAreNotShown() throws Exception {
        Run<?, ?> run = new FakeServices().build("team/app", 1, Map.of());
        doReturn(START).when(run).getStartTimeInMillis();
        List<History.Filter> asked = new ArrayList<>();
        History history = mock(History.class, call -> {
            asked.add(call.getArgument(0));
            return new History.Page(List.of(), false);
        });
        JiraSendClient client = mock(JiraSendClient.class);
        doReturn(history).when(client).history();
        JiraSendConfiguration configuration = mock(JiraSendConfiguration.class);
        doReturn(List.of()).when(configuration).getSites();
        try (var statics = mockStatic(JiraSendConfiguration.class)) {
            statics.when(JiraSendConfiguration::get).thenReturn(configuration);
            new RunEvents(run).table(client);
        }
        History.Filter filter = asked.get(0);
        assertEquals(List.of("team/app"), filter.pipelineIds());
        assertEquals(1, filter.number());
        assertTrue(filter.since() <= START && filter.since() > START - 86_400_000, "since " + filter.since());
    }
}
