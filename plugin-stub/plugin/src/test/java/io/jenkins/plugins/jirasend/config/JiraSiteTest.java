package io.jenkins.plugins.jirasend.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JiraSiteTest {
    private static JiraSite site(String name) {
        return new JiraSite(name, "client", "secret-id");
    }

    private static void refused(Consumer<JiraSite> change) {
        JiraSite site = site("acme.atlassian.net");
        assertNull(site.problem());
        change.accept(site);
        assertNotNull(site.problem());
    }

    @Test
    void saysWhatCannotBeUsed() {
        assertNotNull(site("http://acme.atlassian.net").problem());
        assertNotNull(site(null).problem());
        assertNotNull(new JiraSite("acme.atlassian.net", " ", "x").problem());
        assertNotNull(new JiraSite("acme.atlassian.net", "a\nb", "x").problem());
        refused(site -> site.setApiUrl("http://api.example.com"));
        refused(site -> site.setCloudId("no/id"));
        refused(site -> site.setIdPrefix("a\u0000b"));
        refused(site -> site.setJobs("("));
        refused(site -> site.setAutomaticBuildStages("["));
        refused(site -> site.setDeploymentStages("deploy to (.*)"));
    }

    @Test
    void whatIsNoSiteIsShownAsItWasTypedButForSecrets() {
        assertEquals("", site("https://user:word@acme.atlassian.net").canonicalSite());
        assertEquals("\"https://…@acme.atlassian.net\"", site("https://user:word@acme.atlassian.net").shownSite());
        assertEquals("\"…@acme.atlassian.net\"", site("user:w@rd@acme.atlassian.net").shownSite());
        assertEquals("\"acme.atlassian.net/?…\"", site("acme.atlassian.net/?token=abc").shownSite());
        assertEquals("\"http://jira.example.com\"", site("http://jira.example.com").shownSite());
        assertEquals("\"jira example  com\"", site("jira example\n\u2028com").shownSite());
        assertEquals("\"\"", site(null).shownSite());
        assertEquals(103, site("a b" + "c".repeat(500)).shownSite().length());
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
        site.setJobs("(a|b)*"); // calls itself for each letter
        assertTrue(site.sendsFor("abba"));
        assertFalse(site.sendsFor("ab".repeat(100_000)), "rather nobody than an error");
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
    void aNameThatIsNoHostNameIsAnsweredWithTheConfiguredOnes() {
        UnknownSiteException refusal = assertThrows(
                UnknownSiteException.class,
                () -> SiteSelection.select(
                        List.of(site("acme.atlassian.net"), site("b.atlassian.net")), "app", "acme_corp"));
        assertTrue(refusal.getMessage().contains("acme_corp"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("acme.atlassian.net, b.atlassian.net"), refusal.getMessage());
    }

    @Test
    void whatIsSetIsWhatTheCoreIsTold() {
        JiraSite site = site("acme.atlassian.net");
        assertEquals(Map.of("anyCase", false, "emails", true), site.settings().options());
        site.setIdPrefix("ci-1/");
        site.setAnyCase(true);
        site.setProjects(" APP, OPS ");
        site.setNotKeys("KIP");
        site.setSendEmails(false);
        site.setEnvironments(List.of(
                new EnvironmentPattern(" live-* ", "Production"), new EnvironmentPattern("play", "unmapped")));
        site.setProperties(List.of(new SiteProperty("team", "payments")));
        assertEquals(null, site.problem());
        assertEquals(
                Map.of(
                        "origin", "ci-1/",
                        "anyCase", true,
                        "projects", "APP, OPS",
                        "notKeys", "KIP",
                        "emails", false,
                        "environments", "live-*=Production,play=unmapped",
                        "properties", Map.of("team", "payments")),
                site.settings().options());
        assertEquals("ci-1/team/app", site.pipelineId("team/app"));
        assertEquals(1005, site.pipelineId("a".repeat(1000)).length(), "nothing is shortened");
    }

    @Test
    void whatCannotBeUsedIsRefusedBeforeItIsSaved() {
        refused(site -> site.setProjects("APP,-"));
        refused(site -> site.setNotKeys("U T F 8 ="));
        refused(site -> site.setEnvironments(List.of(new EnvironmentPattern("a,b", "production"))));
        refused(site -> site.setEnvironments(List.of(new EnvironmentPattern(" ", "production"))));
        refused(site -> site.setEnvironments(List.of(new EnvironmentPattern("live", "alive"))));
        refused(site -> site.setProperties(List.of(new SiteProperty("a:b", "c"))));
        refused(site -> site.setProperties(List.of(new SiteProperty("_a", "c"))));
        refused(site -> site.setProperties(List.of(new SiteProperty("a", ""))));
        refused(site -> site.setProperties(List.of(new SiteProperty("jirasend", "c"))));
        refused(site -> site.setProperties(List.of(new SiteProperty("a", "b"), new SiteProperty("a", "c"))));
        refused(site -> site.setProperties(IntStream.range(0, 5)
                .mapToObj(i -> new SiteProperty("p" + i, "v"))
                .toList()));
    }

    @Test
    void saysNothingThatBelongsNowhere() {
        assertFalse(site("acme.atlassian.net").toString().contains("client"));
    }
}
