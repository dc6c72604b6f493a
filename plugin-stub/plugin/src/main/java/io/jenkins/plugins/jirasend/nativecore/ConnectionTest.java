package io.jenkins.plugins.jirasend.nativecore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tries a site out: gets a token and the cloud id, and sends nothing else. A client of its own, which
 * keeps nothing, so that neither the outbox nor the open client sees what is being tried.
 */
public final class ConnectionTest {
    /** How good a fact is. */
    public enum Grade {
        GOOD,
        DOUBTFUL,
        BAD
    }

    /** One fact, in a sentence for people. */
    public record Fact(Grade grade, String sentence) {}

    private static final long WAIT_MS = 30_000;
    /** Kinds of a relay's rules, by the names that Jira has for its permissions. */
    private static final Map<String, String> RELAYED = new LinkedHashMap<>();

    static {
        RELAYED.put("build", "Builds");
        RELAYED.put("deployment", "Deployments");
        RELAYED.put("flag", "Feature flags");
        RELAYED.put("commit", "Development information");
    }

    private ConnectionTest() {}

    public static List<Fact> run(SiteSettings site) {
        JenkinsSurroundings surroundings = new JenkinsSurroundings();
        if (surroundings.disabled()) {
            return bad(Messages.JiraSendClient_Disabled());
        }
        boolean relayed = !SiteSource.get().connections().relayUrl().isEmpty();
        byte[] secret = relayed ? surroundings.relayToken() : surroundings.secret(site);
        if (relayed && (secret == null || secret.length == 0)) {
            return bad(Messages.SiteRegistry_NoRelayToken());
        }
        if (secret == null || secret.length == 0) {
            String name = site.site();
            return bad(
                    site.credentialsId().isEmpty()
                            ? Messages.SiteRegistry_NoCredentials(name)
                            : Messages.SiteRegistry_UnknownCredentials(name, site.credentialsId()));
        }
        try {
            Functions functions = surroundings.functions();
            return run(functions, surroundings.settings(List.of(site), false).inMemory(), site, secret);
        } catch (NativeLibraryException | JiraSendException e) {
            return bad(e.getMessage());
        } catch (IOException e) {
            return bad(Messages.JiraSendClient_Files(e.toString()));
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    static List<Fact> run(Functions functions, Settings settings, SiteSettings site, byte[] secret) {
        long handle = 0;
        try {
            handle = functions.open(settings.document());
            if (settings.isRelayed()) {
                functions.putRelay(handle, secret);
            } else {
                functions.putSite(handle, site.document(), secret);
            }
            byte[] report = functions.ask(handle, Json.bytes(Map.of("what", "check", "site", site.site())), WAIT_MS);
            return settings.isRelayed() ? readRelayed(report, site.site()) : read(report);
        } catch (JiraSendException e) {
            return bad(e.getMessage());
        } finally {
            if (handle != 0) {
                functions.close(handle, 0);
            }
        }
    }

    private static List<Fact> bad(String sentence) {
        return List.of(new Fact(Grade.BAD, sentence));
    }

    private static List<Fact> read(byte[] report) {
        Map<?, ?> parts = Json.readObject(report);
        List<Fact> facts = new ArrayList<>();
        for (String name : List.of("token", "cloudId")) {
            Map<?, ?> part = parts.get(name) instanceof Map<?, ?> map ? map : Map.of();
            facts.add(new Fact(Json.flag(part, "ok") ? Grade.GOOD : Grade.BAD, Json.text(part, "message")));
        }
        for (Object element : Json.list(parts, "permissions")) {
            if (element instanceof Map<?, ?> permission) {
                facts.add(permission(Json.text(permission, "permission"), Json.text(permission, "answer")));
            }
        }
        return facts;
    }

    /** Whom the relay takes this controller for, and what it may send through it: docs/relay.md, whoami. */
    private static List<Fact> readRelayed(byte[] report, String site) {
        Map<?, ?> parts = Json.readObject(report);
        String relay = Json.text(parts, "relay");
        String name = Json.text(parts, "name");
        if (!Json.flag(parts, "sender")) {
            return bad(Messages.ConnectionTest_NoSender(relay, name));
        }
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact(Grade.GOOD, Messages.ConnectionTest_Relay(relay, name)));
        List<String> sites = Json.texts(parts, "sites");
        facts.add(
                sites.contains(site)
                        ? new Fact(Grade.GOOD, Messages.ConnectionTest_RelaySite(site))
                        : new Fact(Grade.BAD, Messages.ConnectionTest_NoRelaySite(site, String.join(", ", sites))));
        List<String> kinds = Json.texts(parts, "kinds");
        for (Map.Entry<String, String> kind : RELAYED.entrySet()) {
            facts.add(
                    kinds.contains(kind.getKey())
                            ? new Fact(Grade.GOOD, Messages.ConnectionTest_RelayTakes(kind.getValue()))
                            : new Fact(Grade.DOUBTFUL, Messages.ConnectionTest_RelayDoesNotTake(kind.getValue())));
        }
        return facts;
    }

    /** A permission that is missing is a fault only for those who mean to use it. */
    private static Fact permission(String name, String answer) {
        return switch (answer) {
            case "yes" -> new Fact(Grade.GOOD, Messages.ConnectionTest_Permission(name));
            case "yes, but not to read back" -> new Fact(Grade.GOOD, Messages.ConnectionTest_WriteOnly(name));
            case "no" -> new Fact(Grade.DOUBTFUL, Messages.ConnectionTest_NoPermission(name));
            default -> new Fact(Grade.DOUBTFUL, Messages.ConnectionTest_NotKnown(name));
        };
    }
}
