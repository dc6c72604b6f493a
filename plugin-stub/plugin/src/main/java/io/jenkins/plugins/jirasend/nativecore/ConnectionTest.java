package io.jenkins.plugins.jirasend.nativecore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Tries a site out: gets a token and the cloud id, and sends nothing else. A client of its own, which
 * keeps nothing, so that neither the outbox nor the open client sees what is being tried.
 */
public final class ConnectionTest {
    /**
     * What came of it.
     *
     * @param good everything works
     * @param message sentences for people, one for each part
     */
    public record Outcome(boolean good, String message) {}

    private static final long WAIT_MS = 30_000;

    private ConnectionTest() {}

    public static Outcome run(SiteSettings site) {
        JenkinsSurroundings surroundings = new JenkinsSurroundings();
        if (surroundings.disabled()) {
            return new Outcome(false, Messages.JiraSendClient_Disabled());
        }
        boolean relayed = !SiteSource.get().connections().relayUrl().isEmpty();
        byte[] secret = relayed ? surroundings.relayToken() : surroundings.secret(site);
        if (relayed && (secret == null || secret.length == 0)) {
            return new Outcome(false, Messages.SiteRegistry_NoRelayToken());
        }
        if (secret == null || secret.length == 0) {
            String name = site.site();
            return new Outcome(
                    false,
                    site.credentialsId().isEmpty()
                            ? Messages.SiteRegistry_NoCredentials(name)
                            : Messages.SiteRegistry_UnknownCredentials(name, site.credentialsId()));
        }
        try {
            Functions functions = surroundings.functions();
            return run(functions, surroundings.settings(List.of(site), false).inMemory(), site, secret);
        } catch (NativeLibraryException | JiraSendException e) {
            return new Outcome(false, e.getMessage());
        } catch (IOException e) {
            return new Outcome(false, Messages.JiraSendClient_Files(e.toString()));
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    static Outcome run(Functions functions, Settings settings, SiteSettings site, byte[] secret) {
        long handle = 0;
        try {
            handle = functions.open(settings.document());
            if (settings.isRelayed()) {
                functions.putRelay(handle, secret);
            } else {
                functions.putSite(handle, site.document(), secret);
            }
            return read(functions.ask(handle, Json.bytes(Map.of("what", "check", "site", site.site())), WAIT_MS));
        } catch (JiraSendException e) {
            return new Outcome(false, e.getMessage());
        } finally {
            if (handle != 0) {
                functions.close(handle, 0);
            }
        }
    }

    /** What does not work comes first. */
    private static Outcome read(byte[] report) {
        Map<?, ?> parts = Json.readObject(report);
        List<String> good = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        for (String name : List.of("token", "cloudId")) {
            Map<?, ?> part = parts.get(name) instanceof Map<?, ?> map ? map : Map.of();
            (Json.flag(part, "ok") ? good : bad).add(Json.text(part, "message"));
        }
        String message = String.join(" ", bad) + (bad.isEmpty() ? "" : " ") + String.join(" ", good);
        return new Outcome(bad.isEmpty(), message.trim());
    }
}
