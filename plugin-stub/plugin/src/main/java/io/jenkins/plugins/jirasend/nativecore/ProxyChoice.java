package io.jenkins.plugins.jirasend.nativecore;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.ProxyConfiguration;
import hudson.util.Secret;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The proxy of Jenkins, in the terms of the core: one address, and the hosts that go without. Jenkins
 * is asked about each host, so that its own reading of the exceptions counts.
 *
 * @param address null when no host uses a proxy. It may hold a password.
 * @param exceptions comma separated, or null
 */
record ProxyChoice(@CheckForNull String address, @CheckForNull String exceptions) {
    static final String API_HOST = "api.atlassian.com";

    private static final String PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    static ProxyChoice of(@CheckForNull ProxyConfiguration configuration, List<SiteSettings> sites) {
        return of(configuration, sites, "");
    }

    /** @param relay when not empty, nothing else is spoken to */
    static ProxyChoice of(@CheckForNull ProxyConfiguration configuration, List<SiteSettings> sites, String relay) {
        if (configuration == null) {
            return new ProxyChoice(null, null);
        }
        String address = null;
        List<String> exceptions = new ArrayList<>();
        for (String host : relay.isEmpty() ? hosts(sites) : Set.of(host(relay))) {
            Proxy proxy = configuration.createProxy(host);
            if (proxy.type() == Proxy.Type.DIRECT) {
                exceptions.add(host);
            } else if (address == null) {
                address = address(proxy, configuration);
            }
        }
        boolean any = address != null && !exceptions.isEmpty();
        return new ProxyChoice(address, any ? String.join(",", exceptions) : null);
    }

    /** Of the sites, for their cloud ids, and of the APIs. */
    private static Set<String> hosts(List<SiteSettings> sites) {
        Set<String> hosts = new LinkedHashSet<>();
        hosts.add(API_HOST);
        sites.forEach(site -> hosts.addAll(new TreeSet<>(site.hosts()))); // in an order that stays
        return hosts;
    }

    private static String host(String url) {
        String host = URI.create(url).getHost();
        return host == null ? "" : host;
    }

    @CheckForNull
    private static String address(Proxy proxy, ProxyConfiguration configuration) {
        SocketAddress place = proxy.address();
        if (!(place instanceof InetSocketAddress inet)) {
            return null;
        }
        String host = inet.getHostString();
        String user = configuration.getUserName();
        String login = "";
        if (user != null && !user.isEmpty()) {
            login = escape(user) + ":" + escape(Secret.toString(configuration.getSecretPassword())) + "@";
        }
        String scheme = proxy.type() == Proxy.Type.SOCKS ? "socks5h://" : "http://";
        return scheme + login + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (PLAIN.indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append(String.format("%%%02X", (int) c));
            }
        }
        return out.toString();
    }

    @Override
    public String toString() {
        return "ProxyChoice[" + (address == null ? "direct" : "proxy") + ", exceptions=" + exceptions + "]";
    }
}
