package io.jenkins.plugins.jirasend.nativecore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the core is told about a site. The secret is not in here: {@code credentialsId} names it.
 *
 * @param site as the core names it
 * @param cloudId empty: looked up
 * @param apiUrl empty: Atlassian's
 * @param hosts that are spoken to for this site alone
 * @param options how its events are read and marked: submit options (docs/jni.md)
 */
public record SiteSettings(
        String site, String clientId, String credentialsId, String cloudId, String apiUrl, Set<String> hosts,
        Map<String, Object> options) {
    public SiteSettings {
        hosts = Set.copyOf(hosts);
        options = Map.copyOf(options);
    }

    byte[] document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("site", site);
        document.put("clientId", clientId);
        if (!cloudId.isEmpty()) {
            document.put("cloudId", cloudId);
        }
        if (!apiUrl.isEmpty()) {
            document.put("apiUrl", apiUrl);
        }
        return Json.bytes(document);
    }

    /** Without the client id: this may end in a log. */
    @Override
    public String toString() {
        return "SiteSettings[" + site + "]";
    }
}
