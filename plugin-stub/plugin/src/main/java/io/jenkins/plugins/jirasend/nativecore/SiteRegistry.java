package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Which sites the open core knows, and which it cannot be told about. */
final class SiteRegistry {
    private static final Logger LOGGER = Logger.getLogger(SiteRegistry.class.getName());
    private static final String MAC = "HmacSHA256";
    /** Stands beside the sites; no site is called so. */
    private static final String RELAY = "the relay";

    /** So that a print of a secret is worth nothing outside this process. */
    private final byte[] key = new byte[32];
    /** By site: a print of what the core was given. */
    private final Map<String, String> known = new HashMap<>();
    private volatile Map<String, String> problems = Map.of();
    private volatile Set<String> configured = Set.of();

    SiteRegistry() {
        new SecureRandom().nextBytes(key);
    }

    /** The core was closed and has forgotten them. */
    synchronized void clear() {
        known.clear();
    }

    /**
     * Whether somebody has taken the token of the relay away. The core keeps the one that it was given until it
     * is closed, and would go on sending.
     */
    synchronized boolean lostRelayToken(Surroundings surroundings) {
        if (!known.containsKey(RELAY)) {
            return false;
        }
        byte[] token = surroundings.relayToken();
        if (token == null) {
            return true;
        }
        Arrays.fill(token, (byte) 0);
        return token.length == 0;
    }

    /** Why nothing is sent to this site, in a sentence, or null. */
    @CheckForNull
    String problem(String site) {
        return problems.get(site);
    }

    /** Whether it was among the sites at the last look. */
    boolean isConfigured(String site) {
        return configured.contains(site);
    }

    List<String> problems() {
        return List.copyOf(new LinkedHashSet<>(problems.values())); // of a relay all sites have the same
    }

    /** Tells the core what has changed, and nothing else: new credentials end a hold. */
    synchronized void refresh(Session session, Surroundings surroundings) {
        Map<String, String> found = new LinkedHashMap<>();
        configured = surroundings.sites().stream().map(SiteSettings::site).collect(Collectors.toSet());
        if (session.isRelayed()) {
            refreshRelay(session, surroundings, found);
            say(found);
            return;
        }
        Set<String> gone = new TreeSet<>(known.keySet());
        for (SiteSettings site : surroundings.sites()) {
            String name = site.site();
            try {
                String problem = put(session, surroundings, site, name);
                if (problem == null) {
                    gone.remove(name);
                } else {
                    found.put(name, problem);
                }
            } catch (JiraSendException | RuntimeException e) {
                found.put(name, Messages.SiteRegistry_Refused(name, e.getMessage()));
            }
        }
        for (String name : gone) {
            try {
                session.removeSite(name.getBytes(StandardCharsets.UTF_8));
                known.remove(name);
                LOGGER.fine(() -> "The core has forgotten the credentials of " + name + ".");
            } catch (JiraSendException e) {
                LOGGER.log(Level.WARNING, "The site " + name + " could not be removed.", e);
            }
        }
        say(found);
    }

    private void say(Map<String, String> found) {
        Set<String> news = new LinkedHashSet<>(found.values()); // of a relay all sites have the same
        news.removeAll(problems.values());
        news.forEach(LOGGER::warning);
        problems = found;
    }

    /** The relay has the credentials of all sites; what is wrong concerns each. */
    private void refreshRelay(Session session, Surroundings surroundings, Map<String, String> found) {
        String problem = null;
        byte[] token = surroundings.relayToken();
        try {
            if (token == null || token.length == 0) {
                problem = Messages.SiteRegistry_NoRelayToken();
            } else {
                String print = print(RELAY.getBytes(StandardCharsets.UTF_8), token);
                if (!print.equals(known.get(RELAY))) {
                    session.putRelay(token);
                    known.put(RELAY, print);
                    LOGGER.fine("The core has the token of the relay.");
                }
            }
        } catch (JiraSendException | RuntimeException e) {
            problem = Messages.SiteRegistry_RelayRefused(e.getMessage());
        } finally {
            if (token != null) {
                Arrays.fill(token, (byte) 0);
            }
        }
        if (problem != null) {
            for (SiteSettings site : surroundings.sites()) {
                found.put(site.site(), problem);
            }
        }
    }

    @CheckForNull
    private String put(Session session, Surroundings surroundings, SiteSettings site, String name)
            throws JiraSendException {
        if (site.clientId().isEmpty()) {
            return Messages.SiteRegistry_NoClientId(name);
        }
        byte[] secret = surroundings.secret(site);
        if (secret == null || secret.length == 0) {
            return site.credentialsId().isEmpty()
                    ? Messages.SiteRegistry_NoCredentials(name)
                    : Messages.SiteRegistry_UnknownCredentials(name, site.credentialsId());
        }
        try {
            String print = print(site.document(), secret);
            if (!print.equals(known.get(name))) {
                session.putSite(site.document(), secret);
                known.put(name, print);
                LOGGER.fine(() -> "The core has the credentials of " + name + ".");
            }
            return null;
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    private String print(byte[] what, byte[] secret) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            mac.update(what);
            mac.update((byte) 0);
            return HexFormat.of().formatHex(mac.doFinal(secret));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no " + MAC + ".", e);
        }
    }
}
