package io.jenkins.plugins.jirasend.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.lang.reflect.Method;
import java.util.Set;
import java.util.TreeSet;
import jenkins.model.Jenkins;
import org.junit.jupiter.api.Test;
import org.kohsuke.stapler.Stapler;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.interceptor.RequirePOST;
import org.mockito.MockedStatic;

class DeliveryLinkTest {
    private final DeliveryLink link = new DeliveryLink();

    @Test
    void isForAdministratorsOnly() {
        Jenkins jenkins = mock(Jenkins.class);
        StaplerRequest2 request = mock(StaplerRequest2.class);
        try (MockedStatic<Jenkins> statics = mockStatic(Jenkins.class);
                MockedStatic<Stapler> stapler = mockStatic(Stapler.class)) {
            statics.when(Jenkins::get).thenReturn(jenkins);
            stapler.when(Stapler::getCurrentRequest2).thenReturn(request);
            when(request.getRestOfPath()).thenReturn("/history");
            assertSame(link, link.getTarget());
            verify(jenkins).checkPermission(Jenkins.ADMINISTER);
            doThrow(new SecurityException("no")).when(jenkins).checkPermission(Jenkins.ADMINISTER);
            for (String path : new String[] {"", "/", "/history", "/retry", "/metrics/x", "/metricsx"}) {
                when(request.getRestOfPath()).thenReturn(path);
                assertThrows(SecurityException.class, link::getTarget, path);
            }
            assertThrows(SecurityException.class, () -> link.doRetry(request, null));
            assertThrows(SecurityException.class, () -> link.doDrop(request));
            assertThrows(SecurityException.class, () -> link.doResend(request));
            assertThrows(SecurityException.class, () -> link.doCancel(request));
            assertThrows(SecurityException.class, () -> link.doDelete(request));
            assertThrows(SecurityException.class, link::doBackfillCount);
            assertThrows(SecurityException.class, link::doBackfillStart);
            assertThrows(SecurityException.class, link::doBackfillStop);
        }
    }

    @Test
    void metricsHaveAPermissionOfTheirOwn() {
        Jenkins jenkins = mock(Jenkins.class);
        StaplerRequest2 request = mock(StaplerRequest2.class);
        try (MockedStatic<Jenkins> statics = mockStatic(Jenkins.class);
                MockedStatic<Stapler> stapler = mockStatic(Stapler.class)) {
            statics.when(Jenkins::get).thenReturn(jenkins);
            stapler.when(Stapler::getCurrentRequest2).thenReturn(request);
            doThrow(new SecurityException("no")).when(jenkins).checkPermission(Jenkins.ADMINISTER);
            when(request.getRestOfPath()).thenReturn("/metrics");
            assertSame(link, link.getTarget(), "who may not administer gets this far");
            doThrow(new SecurityException("no")).when(jenkins).checkPermission(DeliveryLink.METRICS);
            assertThrows(SecurityException.class, link::doMetrics);
        }
    }

    @Test
    void whatHasAnEffectTakesPostOnly() {
        Set<String> found = new TreeSet<>();
        for (Method method : DeliveryLink.class.getMethods()) {
            if (method.getName().startsWith("do") && !method.getName().equals("doMetrics")) {
                assertTrue(method.isAnnotationPresent(RequirePOST.class), method.getName());
                found.add(method.getName());
            }
        }
        assertEquals(Set.of("doBackfillCount", "doBackfillStart", "doBackfillStop", "doCancel", "doDelete", "doDrop", "doResend", "doRetry"), found);
    }
}
