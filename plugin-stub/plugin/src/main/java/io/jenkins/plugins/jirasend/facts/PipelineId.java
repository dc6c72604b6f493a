package io.jenkins.plugins.jirasend.facts;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What Jira counts builds in: the site's prefix and the job's full name, as Jenkins has it. */
public final class PipelineId {
    /** Jira's limit, in UTF-16 units. */
    static final int LIMIT = 255;

    private static final int KEPT = 190;

    private PipelineId() {}

    /**
     * The id of a job for a site. A name that is too long keeps its beginning, so that people can
     * recognize it, and gets a digest of the whole, so that no two jobs share an id.
     */
    public static String of(String prefix, String fullName) {
        String id = (prefix == null ? "" : prefix) + fullName;
        if (id.length() <= LIMIT) {
            return id;
        }
        int end = Character.isHighSurrogate(id.charAt(KEPT - 1)) ? KEPT - 1 : KEPT;
        return id.substring(0, end) + "~" + sha256(id);
    }

    private static String sha256(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every Java platform has SHA-256.", impossible);
        }
    }
}
