package io.jenkins.plugins.jirasend.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Reads the address of a Jira site or of an API as the core does (native/src/event/site.c), so that
 * both have the same name for it and a form can say what is wrong before anything is saved.
 *
 * @param http plain http, for this machine only
 * @param host in lower case; an IPv6 address in its shortest form, without brackets
 * @param port 0: the scheme's own
 * @param path of an API, without a slash at its end; empty for a site
 */
public record SiteName(boolean http, String host, int port, String path) {
    private static final int HOST_MAX = 253;
    private static final int LABEL_MAX = 63;
    private static final int PORT_MAX = 65535;
    private static final int SHOWN_MAX = 100;
    private static final String HIDDEN = "\u2026";
    private static final int URL_MAX = 2000;
    private static final Pattern SCHEME = Pattern.compile("^([^/]*)://");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*|");
    private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");
    private static final Pattern PATH = Pattern.compile("(/(?!\\.{1,2}(/|$))[0-9A-Za-z._~-]+)*");

    /**
     * @param text a host name or URL
     * @throws IllegalArgumentException with a sentence that says what is wrong
     */
    public static SiteName site(String text) {
        SiteName name = read(text);
        if (!name.path.isEmpty()) {
            throw new IllegalArgumentException(Messages.SiteName_Path());
        }
        return name;
    }

    /** The same for an API, which may have a path. */
    public static SiteName api(String text) {
        return read(text);
    }

    /** What receipts and event documents show: {@code acme.atlassian.net}, {@code http://127.0.0.1:8790}. */
    public String canonical() {
        String shown = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return (http ? "http://" : "") + shown + (port == 0 ? "" : ":" + port);
    }

    /** The address of an API. */
    public String url() {
        return (http ? "" : "https://") + canonical() + path;
    }

    /**
     * What somebody typed, for a sentence that says why it is no site: on one line, not too long, and
     * without what logs in, be it a password before the host or a token behind it.
     */
    public static String shown(String typed) {
        String text = typed == null ? "" : typed.trim();
        int at = text.lastIndexOf('@');
        int scheme = text.indexOf("://");
        if (at >= 0) {
            String start = scheme >= 0 && scheme < at ? text.substring(0, scheme + 3) : "";
            text = start + HIDDEN + text.substring(at);
        }
        text = text.replaceFirst("([?#]).*", "$1" + HIDDEN).replaceAll("[\\p{Cntrl}\u2028\u2029]", " ");
        return "\"" + (text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + HIDDEN) + "\"";
    }

    private static SiteName read(String given) {
        String text = given == null ? "" : given;
        checkCharacters(text);
        var scheme = SCHEME.matcher(text);
        boolean http = false;
        String rest = text;
        if (scheme.find()) {
            http = scheme.group(1).equalsIgnoreCase("http");
            if (!http && !scheme.group(1).equalsIgnoreCase("https")) {
                throw new IllegalArgumentException(Messages.SiteName_Scheme());
            }
            rest = text.substring(scheme.end());
        } else if (text.toLowerCase(Locale.ROOT).matches("https?:.*")) {
            throw new IllegalArgumentException(Messages.SiteName_Slashes());
        }
        int slash = rest.indexOf('/');
        String place = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : rest.substring(slash);
        if (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException(Messages.SiteName_BadPath());
        }
        return place(place, path, http);
    }

    private static SiteName place(String place, String path, boolean http) {
        boolean v6 = place.startsWith("[");
        int end = v6 ? place.indexOf(']') + 1 : place.indexOf(':') < 0 ? place.length() : place.indexOf(':');
        String host = v6 ? ipv6(place, end) : name(place.substring(0, end));
        int port = port(place.substring(end), http);
        if (http && !isLoopback(host)) {
            throw new IllegalArgumentException(Messages.SiteName_Http());
        }
        return new SiteName(http, host, port, path);
    }

    private static void checkCharacters(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException(Messages.SiteName_Empty());
        }
        if (text.length() > URL_MAX) {
            throw new IllegalArgumentException(Messages.SiteName_Long());
        }
        if (text.indexOf('@') >= 0) {
            throw new IllegalArgumentException(Messages.SiteName_User());
        }
        if (text.indexOf('?') >= 0 || text.indexOf('#') >= 0) {
            throw new IllegalArgumentException(Messages.SiteName_Query());
        }
        if (text.chars().anyMatch(c -> c <= ' ' || c == 0x7F || c == '\\' || c == '%')) {
            throw new IllegalArgumentException(Messages.SiteName_Characters());
        }
        if (text.chars().anyMatch(c -> c >= 0x80)) {
            throw new IllegalArgumentException(Messages.SiteName_Ascii());
        }
    }

    private static String name(String given) {
        String host = given.toLowerCase(Locale.ROOT);
        if (host.length() > 1 && host.endsWith(".")) {
            host = host.substring(0, host.length() - 1); // the root of the DNS, which browsers drop as well
        }
        if (host.isEmpty() || host.length() > HOST_MAX) {
            throw new IllegalArgumentException(Messages.SiteName_Host());
        }
        String last = "";
        for (String label : host.split("\\.", -1)) {
            if (!label.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?") || label.length() > LABEL_MAX) {
                throw new IllegalArgumentException(Messages.SiteName_Host());
            }
            last = label;
        }
        // 127.1, 0x7f.1 or 2130706433 are addresses to many a resolver
        if (NUMBER.matcher(last).matches() && !isIpv4(host)) {
            throw new IllegalArgumentException(Messages.SiteName_Ipv4());
        }
        return host;
    }

    private static boolean isIpv4(String host) {
        if (!IPV4.matcher(host).matches()) {
            return false;
        }
        for (String number : host.split("\\.")) {
            if (Integer.parseInt(number) > 255) {
                return false;
            }
        }
        return true;
    }

    private static int port(String text, boolean http) {
        if (text.isEmpty()) {
            return 0;
        }
        if (!text.matches(":[0-9]{1,9}")) {
            throw new IllegalArgumentException(Messages.SiteName_Port());
        }
        int port = Integer.parseInt(text.substring(1));
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException(Messages.SiteName_Port());
        }
        return port == (http ? 80 : 443) ? 0 : port;
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("::1") || host.startsWith("127.") && isIpv4(host);
    }

    /** The address between brackets, written as inet_ntop() writes it. */
    private static String ipv6(String place, int end) {
        String text = end < 2 ? "" : place.substring(1, end - 1);
        byte[] address;
        try {
            // a literal with a colon is never looked up
            address = IPV6.matcher(text).matches() && text.indexOf(':') >= 0
                    ? InetAddress.getByName(text).getAddress()
                    : new byte[0];
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(Messages.SiteName_Ipv6(), e);
        }
        if (address.length == 0) {
            throw new IllegalArgumentException(Messages.SiteName_Ipv6());
        }
        int[] groups = new int[8];
        if (address.length == 4) { // Java takes a mapped address for the IPv4 one
            groups[5] = 0xFFFF;
            groups[6] = (address[0] & 0xFF) << 8 | address[1] & 0xFF;
            groups[7] = (address[2] & 0xFF) << 8 | address[3] & 0xFF;
        } else {
            for (int i = 0; i < 8; i++) {
                groups[i] = (address[2 * i] & 0xFF) << 8 | address[2 * i + 1] & 0xFF;
            }
        }
        return shortest(groups);
    }

    private static String shortest(int[] groups) {
        int start = -1;
        int length = 1; // a single zero is not worth two colons
        for (int i = 0; i < 8; i++) {
            int zeros = 0;
            while (i + zeros < 8 && groups[i + zeros] == 0) {
                zeros++;
            }
            if (zeros > length) {
                start = i;
                length = zeros;
            }
        }
        boolean embedded = start == 0 && (length == 6 || length == 5 && groups[5] == 0xFFFF);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < (embedded ? 6 : 8); i++) {
            if (start >= 0 && i >= start && i < start + length) {
                out.append(i == start ? ":" : "");
                continue;
            }
            out.append(i == 0 ? "" : ":").append(Integer.toHexString(groups[i]));
        }
        if (embedded) {
            out.append(String.format(
                    ":%d.%d.%d.%d", groups[6] >> 8, groups[6] & 0xFF, groups[7] >> 8, groups[7] & 0xFF));
        } else if (start >= 0 && start + length == 8) {
            out.append(':');
        }
        return out.toString();
    }
}
