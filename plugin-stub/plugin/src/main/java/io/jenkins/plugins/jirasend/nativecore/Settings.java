package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the core is opened with. When one of these is not the same any more, it is closed and opened
 * again.
 *
 * @param outbox a folder, the address of a database, or null to keep events in memory
 * @param outboxPassword of the database, or null
 * @param keep days of history
 * @param relay the address of a relay, to which everything goes, or null
 * @param paused keep events and send nothing
 * @param proxy address with user and password, or null
 * @param noProxy hosts that are reached without it, comma separated
 * @param caFile trusted roots, or null
 * @param caMark changes with the content of that file, which the core reads when it is opened
 */
record Settings(
        @CheckForNull String outbox,
        @CheckForNull String outboxPassword,
        int keep,
        @CheckForNull String relay,
        boolean paused,
        @CheckForNull String proxy,
        @CheckForNull String noProxy,
        @CheckForNull String caFile,
        String caMark) {
    static final String DATABASE = "postgresql://";

    /** With a folder, and straight to Jira. */
    Settings(
            @CheckForNull String outbox,
            boolean paused,
            @CheckForNull String proxy,
            @CheckForNull String noProxy,
            @CheckForNull String caFile,
            String caMark) {
        this(outbox, null, Connections.DEFAULT_KEEP, null, paused, proxy, noProxy, caFile, caMark);
    }

    /** In a database; of a folder there is one user. */
    boolean isShared() {
        return outbox != null && outbox.startsWith(DATABASE);
    }

    boolean isRelayed() {
        return relay != null;
    }

    byte[] document() {
        Map<String, Object> document = new LinkedHashMap<>();
        put(document, "outbox", outbox);
        put(document, "outboxPassword", outboxPassword);
        // JENKINS_HOME may be shared, whatever disk it is on; a database is made for it
        document.put("exclusiveHost", outbox != null && !isShared());
        document.put("keep", keep);
        put(document, "relay", relay);
        put(document, "proxy", proxy);
        put(document, "noProxy", noProxy);
        put(document, "caFile", caFile);
        document.put("paused", paused);
        document.put("userAgent", "jirasend-jenkins/" + NativeCore.VERSION);
        return Json.bytes(document);
    }

    private static void put(Map<String, Object> document, String member, @CheckForNull String value) {
        if (value != null && !value.isEmpty()) {
            document.put(member, value);
        }
    }

    Settings inMemory() {
        return new Settings(null, null, keep, relay, false, proxy, noProxy, caFile, caMark);
    }

    /** Without what may hold a password. */
    @Override
    public String toString() {
        return "Settings[outbox=" + outbox + ", paused=" + paused + ", caFile=" + caFile + "]";
    }
}
