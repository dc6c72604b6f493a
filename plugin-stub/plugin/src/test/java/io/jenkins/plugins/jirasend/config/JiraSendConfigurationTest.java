package io.jenkins.plugins.jirasend.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.withSettings;

import hudson.BulkChange;
import hudson.model.Descriptor.FormException;
import io.jenkins.plugins.jirasend.nativecore.Connections;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import net.sf.json.JSONObject;
import org.junit.jupiter.api.Test;
import org.kohsuke.stapler.StaplerRequest2;
import org.mockito.MockedConstruction;

class JiraSendConfigurationTest {
    private final JiraSendConfiguration configuration = unsaved();

    private static JiraSendConfiguration unsaved() {
        JiraSendConfiguration made =
                mock(JiraSendConfiguration.class, withSettings().defaultAnswer(CALLS_REAL_METHODS));
        doNothing().when(made).save();
        return made;
    }

    private static JiraSite site(String name) {
        return new JiraSite(name, "client", "secret-id");
    }

    private void submit(Runnable binding) throws FormException {
        StaplerRequest2 request = mock(StaplerRequest2.class);
        doAnswer(call -> {
                    binding.run();
                    return null;
                })
                .when(request)
                .bindJSON(any(Object.class), any(JSONObject.class));
        configuration.configure(request, new JSONObject());
    }

    @Test
    void refusesASiteThatCannotBeUsedWhoeverGivesIt() {
        JiraSite bad = site("acme.atlassian.net");
        bad.setApiUrl("http://api.example.com");
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> configuration.setSites(List.of(bad)));
        assertTrue(refusal.getMessage().contains("acme.atlassian.net"));
        IllegalArgumentException unnamed = assertThrows(
                IllegalArgumentException.class, () -> configuration.setSites(List.of(site("jira_1.example.com"))));
        assertTrue(unnamed.getMessage().contains("jira_1.example.com"), unnamed.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> configuration.setSites(List.of(site("a.example.com"), site("https://A.example.com/"))));
        assertThrows(IllegalArgumentException.class, () -> configuration.setWait(-1));
        assertThrows(IllegalArgumentException.class, () -> configuration.setWait(3601));
        verify(configuration, never()).save();
    }

    @Test
    void whereEventsAreKeptAndThroughWhatTheyGoIsReadStrictly() {
        for (String bad : new String[] {
            "mysql://db.example.com/x", "postgresql://", "postgresql://user:secret@db.example.com/x",
            "postgresql://db.example.com/x?password=secret", "postgresql://db example.com/x"
        }) {
            assertThrows(IllegalArgumentException.class, () -> configuration.setOutboxUrl(bad), bad);
        }
        for (String bad : new String[] {"http://relay.example.com", "relay example", "https://a@relay.example.com"}) {
            assertThrows(IllegalArgumentException.class, () -> configuration.setRelayUrl(bad), bad);
        }
        assertThrows(IllegalArgumentException.class, () -> configuration.setKeep(36_501));
        assertEquals(400, configuration.getKeep());
        configuration.setKeep(0);
        configuration.setOutboxUrl(" postgresql://jirasend@db.example.com:5433/jirasend?schema=ci ");
        configuration.setOutboxCredentialsId("db");
        configuration.setRelayUrl("https://relay.example.com/ci");
        configuration.setRelayCredentialsId("token");
        assertEquals(
                new Connections(
                        0,
                        "postgresql://jirasend@db.example.com:5433/jirasend?schema=ci",
                        "db",
                        "https://relay.example.com/ci",
                        "token"),
                configuration.connections());
    }

    @Test
    void onlyBehindARelayASiteNeedsNoCredentials() throws FormException {
        try (MockedConstruction<BulkChange> changes = mockConstruction(BulkChange.class)) {
            List<JiraSite> without = List.of(new JiraSite("acme.atlassian.net", "", ""));
            assertThrows(FormException.class, () -> submit(() -> configuration.setSites(without)));
            assertEquals("", configuration.getRelayUrl());
            submit(() -> {
                configuration.setSites(without);
                configuration.setRelayUrl("https://relay.example.com");
            });
            assertEquals(1, configuration.getSites().size());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> configuration.setSites(List.of(new JiraSite("acme.atlassian.net", "", "secret"))));
            assertEquals(2, changes.constructed().size());
        }
    }

    @Test
    void aFormWithoutSitesLeavesNone() throws FormException {
        try (MockedConstruction<BulkChange> changes = mockConstruction(BulkChange.class)) {
            configuration.setSites(List.of(site("acme.atlassian.net")));
            submit(() -> configuration.setWait(3));
            assertEquals(List.of(), configuration.getSites());
            assertEquals(3, configuration.getWait());
            assertEquals(1, changes.constructed().size());
        }
    }

    /** On a thread of its own: the common pool may have too few. */
    private static <T> CompletableFuture<T> look(Supplier<T> what) {
        CompletableFuture<T> seen = new CompletableFuture<>();
        Thread thread = new Thread(() -> seen.complete(what.get()));
        thread.setDaemon(true);
        thread.start();
        return seen;
    }

    /** A build that ends at that moment would find no site, and its event would be gone. */
    @Test
    void whileAFormIsTakenNobodySeesItHalfTaken() throws Exception {
        try (MockedConstruction<BulkChange> changes = mockConstruction(BulkChange.class)) {
            configuration.setSites(List.of(site("acme.atlassian.net")));
            List<CompletableFuture<?>> seen = new ArrayList<>();
            submit(() -> {
                configuration.setOutboxUrl("postgresql://db.example.com/ci");
                seen.add(look(configuration::getSites));
                seen.add(look(configuration::connections));
                seen.add(look(configuration::isPaused));
                for (CompletableFuture<?> look : seen) {
                    assertThrows(TimeoutException.class, () -> look.get(300, TimeUnit.MILLISECONDS));
                }
                configuration.setSites(List.of(site("acme.atlassian.net"), site("b.atlassian.net")));
                configuration.setOutboxCredentialsId("db");
                configuration.setPaused(true);
            });
            assertEquals(2, ((List<?>) seen.get(0).get()).size());
            assertEquals("db", ((Connections) seen.get(1).get()).outboxCredentialsId());
            assertEquals(true, seen.get(2).get());
            assertEquals(1, changes.constructed().size());
        }
    }

    @Test
    void aFormThatIsRefusedChangesNothing() {
        try (MockedConstruction<BulkChange> changes = mockConstruction(BulkChange.class)) {
            JiraSite before = site("acme.atlassian.net");
            configuration.setSites(List.of(before));
            configuration.setWait(3);
            FormException refusal = assertThrows(
                    FormException.class,
                    () -> submit(() -> {
                        configuration.setWait(4);
                        configuration.setPaused(true);
                        configuration.setSites(List.of(site("http://jira.example.com")));
                    }));
            assertTrue(refusal.getMessage().contains("https://"), refusal.getMessage());
            assertEquals(List.of(before), configuration.getSites());
            assertEquals(3, configuration.getWait());
            assertEquals(false, configuration.isPaused());
            assertEquals(1, changes.constructed().size());
        }
    }

    /** The search on "Manage Jenkins" finds names only. */
    @Test
    void theSettingsAreFoundByTheNameOfJira() throws Exception {
        SettingsLink link = new SettingsLink();
        assertTrue(link.getDisplayName().startsWith("Jira"), link.getDisplayName());
        String place = link.getUrlName().replace("configure#", "");
        String form = new String(
                getClass().getResourceAsStream("JiraSendConfiguration/config.jelly").readAllBytes(),
                java.nio.charset.StandardCharsets.UTF_8);
        assertTrue(form.contains("id=\"" + place + "\""), "the place is not there");
    }
}
