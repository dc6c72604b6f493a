package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the core is opened with. When one of these is not the same any more, it is closed and opened
 * again.
 *
 * @param outbox a folder, or null to keep events in memory
 * @param paused keep events and send nothing
 * @param proxy address with user and password, or null
 * @param noProxy hosts that are reached without it, comma separated
 * @param caFile trusted roots, or null
 * @param caMark changes with the content of that file, which the core reads when it is opened
 */
record Settings(
        @CheckForNull String outbox,
        boolean paused,
        @CheckForNull String proxy,
        @CheckForNull String noProxy,
        @CheckForNull String caFile,
        String caMark) {

    byte[] document() {
        Map<String, Object> document = new LinkedHashMap<>();
        put(document, "outbox", outbox);
        document.put("exclusiveHost", outbox != null); // JENKINS_HOME may be shared, whatever disk it is on
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
        return new Settings(null, false, proxy, noProxy, caFile, caMark);
    }

    /** Without the proxy, whose address may hold a password. */
    @Override
    public String toString() {
        return "Settings[outbox=" + outbox + ", paused=" + paused + ", caFile=" + caFile + "]";
    }
}
