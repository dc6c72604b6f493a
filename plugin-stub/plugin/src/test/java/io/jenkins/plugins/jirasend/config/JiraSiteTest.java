package io.jenkins.plugins.jirasend.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mockito.MockedStatic;
import org.mockito.Mockito;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import hudson.Util;

class JiraSiteTest {
    private MockedStatic<Util> util;

    @BeforeEach
    void standInForJenkins() {
        util = Mockito.mockStatic(Util.class);
        util.when(() -> Util.fixNull(Mockito.any())).thenAnswer(call -> {
            String text = call.getArgument(0);
            return text == null ? "" : text;
        });
    }

    @AfterEach
    void close() {
        util.close();
    }

    private static JiraSite site(String name) {
        return new JiraSite(name, "client", "secret-id");
    }

    @Test
    void refusesWhatCannotBeUsed() {
        assertThrows(IllegalArgumentException.class, () -> site("http://acme.atlassian.net"));
        assertThrows(IllegalArgumentException.class, () -> new JiraSite("acme.atlassian.net", " ", "x"));
        assertThrows(IllegalArgumentException.class, () -> new JiraSite("acme.atlassian.net", "a\nb", "x"));
        JiraSite site = site("acme.atlassian.net");
        assertThrows(IllegalArgumentException.class, () -> site.setApiUrl("http://api.example.com"));
        assertThrows(IllegalArgumentException.class, () -> site.setCloudId("no/id"));
        assertThrows(IllegalArgumentException.class, () -> site.setJobs("("));
        assertThrows(IllegalArgumentException.class, () -> site.setDeploymentStages("deploy to (.*)"));
        assertEquals("", site.getApiUrl());
    }

    @Test
    void blankIsAbsent() {
        JiraSite site = site(" acme.atlassian.net ");
        site.setApiUrl(" ");
        site.setCloudId(null);
        site.setDeploymentStages("");
        assertEquals("acme.atlassian.net", site.getSite());
        assertEquals("", site.getApiUrl());
        assertEquals("", site.getCloudId());
        assertEquals(JiraSite.DEFAULT_DEPLOYMENT_STAGES, site.getDeploymentStages());
    }

    @Test
    void aPatternIsForTheWholeNameOfAJob() {
        JiraSite site = site("acme.atlassian.net");
        assertTrue(site.sendsFor("anything/at all"));
        site.setJobs("team-a/.*");
        assertTrue(site.sendsFor("team-a/app/main"));
        assertFalse(site.sendsFor("my-team-a/app"));
        assertFalse(site.sendsFor("x/team-a/app"));
    }

    @Test
    void aJobSendsToItsSitesAndToNoOther() throws Exception {
        JiraSite acme = site("https://ACME.atlassian.net/");
        JiraSite secret = site("secret.atlassian.net");
        secret.setJobs("vault/.*");
        List<JiraSite> all = List.of(acme, secret);
        assertEquals(List.of(acme), SiteSelection.select(all, "app", null));
        assertEquals(List.of(acme, secret), SiteSelection.select(all, "vault/app", " "));
        assertEquals(List.of(acme), SiteSelection.select(all, "app", "acme.atlassian.net"));
        UnknownSiteException unknown = assertThrows(
                UnknownSiteException.class, () -> SiteSelection.select(all, "app", "secret.atlassian.net"));
        assertTrue(unknown.getMessage().contains("acme.atlassian.net"));
        assertThrows(UnknownSiteException.class, () -> SiteSelection.select(all, "app", "evil.example.com"));
        assertThrows(UnknownSiteException.class, () -> SiteSelection.select(all, "app", "https://a@b"));
        assertThrows(UnknownSiteException.class, () -> SiteSelection.select(List.of(), "app", "acme.atlassian.net"));
        assertEquals(List.of(), SiteSelection.select(List.of(), "app", null));
    }

    @Test
    void saysNothingThatBelongsNowhere() {
        assertFalse(site("acme.atlassian.net").toString().contains("client"));
    }
}
