package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The address of an outbox on PostgreSQL. */
final class DatabaseAddress {
    private DatabaseAddress() {}

    /** With the user of the credentials, where it names none itself. The password never is in it. */
    static String with(String url, @CheckForNull SiteSource.Login login) {
        int start = url.indexOf("://") + 3;
        int end = url.indexOf('/', start);
        String place = end < 0 ? url.substring(start) : url.substring(start, end);
        if (login == null || login.user().isEmpty() || place.indexOf('@') >= 0) {
            return url;
        }
        String user = URLEncoder.encode(login.user(), StandardCharsets.UTF_8).replace("+", "%20");
        return url.substring(0, start) + user + "@" + url.substring(start);
    }
}
