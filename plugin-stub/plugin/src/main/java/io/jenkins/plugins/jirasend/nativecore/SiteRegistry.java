package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Which sites the open core knows, and which it cannot be told about. */
final class SiteRegistry {
    private static final Logger LOGGER = Logger.getLogger(SiteRegistry.class.getName());
    private static final String MAC = "HmacSHA256";

    /** So that a print of a secret is worth nothing outside this process. */
    private final byte[] key = new byte[32];
    /** By site: a print of what the core was given. */
    private final Map<String, String> known = new HashMap<>();
    private volatile Map<String, String> problems = Map.of();

    SiteRegistry() {
        new SecureRandom().nextBytes(key);
    }

    /** The core was closed and has forgotten them. */
    synchronized void clear() {
        known.clear();
    }

    /** Why nothing is sent to this site, in a sentence, or null. */
    @CheckForNull
    String problem(String site) {
        return problems.get(site);
    }

    List<String> problems() {
        return List.copyOf(problems.values());
    }

    /** Tells the core what has changed, and nothing else: new credentials end a hold. */
    synchronized void refresh(Session session, Surroundings surroundings) {
        Map<String, String> found = new LinkedHashMap<>();
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
        if (!found.equals(problems)) {
            for (String problem : found.values()) {
                LOGGER.log(Level.WARNING, problem);
            }
        }
        problems = found;
    }

    @CheckForNull
    private String put(Session session, Surroundings surroundings, SiteSettings site, String name)
            throws JiraSendException {
        byte[] secret = surroundings.secret(site);
        if (secret == null || secret.length == 0) {
            return site.credentialsId().isEmpty()
                    ? Messages.SiteRegistry_NoCredentials(name)
                    : Messages.SiteRegistry_UnknownCredentials(name, site.credentialsId());
        }
        try {
            String print = print(site, secret);
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

    private String print(SiteSettings site, byte[] secret) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            mac.update(site.document());
            mac.update((byte) 0);
            return HexFormat.of().formatHex(mac.doFinal(secret));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no " + MAC + ".", e);
        }
    }
}
