package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.when;

import hudson.ProxyConfiguration;
import hudson.util.Secret;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mockito.MockedStatic;

class ProxyChoiceTest {
    private static final Proxy PROXY =
            new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.example.com", 3128));

    private static SiteSettings site(String... hosts) {
        return new SiteSettings(hosts[0], "client", "id", "", "", Set.of(hosts), Map.of());
    }

    @Test
    void noneIsNone() {
        assertEquals(new ProxyChoice(null, null), ProxyChoice.of(null, List.of()));
    }

    @Test
    void jenkinsIsAskedAboutEachHost() {
        ProxyConfiguration configuration = mock(ProxyConfiguration.class);
        when(configuration.createProxy(anyString())).thenReturn(PROXY);
        when(configuration.createProxy("127.0.0.1")).thenReturn(Proxy.NO_PROXY);
        when(configuration.createProxy("inside.example.com")).thenReturn(Proxy.NO_PROXY);
        ProxyChoice choice = ProxyChoice.of(
                configuration,
                List.of(site("127.0.0.1"), site("acme.atlassian.net", "inside.example.com")));
        assertEquals("http://proxy.example.com:3128", choice.address());
        assertEquals("127.0.0.1,inside.example.com", choice.exceptions());
    }

    @Test
    void withoutAHostThatUsesItThereIsNoProxy() {
        ProxyConfiguration configuration = mock(ProxyConfiguration.class);
        when(configuration.createProxy(anyString())).thenReturn(Proxy.NO_PROXY);
        assertEquals(new ProxyChoice(null, null), ProxyChoice.of(configuration, List.of()));
    }

    @Test
    void theLoginIsEscapedAndNotShown() {
        ProxyConfiguration configuration = mock(ProxyConfiguration.class);
        when(configuration.createProxy(anyString())).thenReturn(PROXY);
        when(configuration.getUserName()).thenReturn("DOMAIN\\user");
        try (MockedStatic<Secret> secrets = mockStatic(Secret.class)) {
            secrets.when(() -> Secret.toString(null)).thenReturn("p@ss:w\u00f6rd");
            ProxyChoice choice = ProxyChoice.of(configuration, List.of());
            assertEquals("http://DOMAIN%5Cuser:p%40ss%3Aw%C3%B6rd@proxy.example.com:3128", choice.address());
            assertNull(choice.exceptions());
            assertFalse(choice.toString().contains("p%40ss"));
            Settings settings = new Settings("/x", false, choice.address(), null, null, "");
            assertFalse(settings.toString().contains("p%40ss"));
        }
    }
}
