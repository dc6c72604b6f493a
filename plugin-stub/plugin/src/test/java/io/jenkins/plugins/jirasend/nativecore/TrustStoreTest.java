package io.jenkins.plugins.jirasend.nativecore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustStoreTest {
    private static final String PROPERTY = "javax.net.ssl.trustStore";

    @TempDir
    Path folder;

    private final String before = System.getProperty(PROPERTY);

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(PROPERTY);
        } else {
            System.setProperty(PROPERTY, before);
        }
    }

    private static X509TrustManager trusted() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static Collection<?> read(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    @Test
    void holdsEveryRootOfTheJvmAndIsForTheOwnerOnly() throws Exception {
        TrustStore store = new TrustStore(folder.resolve("jirasend"));
        String mark = store.refresh();
        List<?> roots = List.of(trusted().getAcceptedIssuers());
        assertTrue(roots.size() > 1, "this JVM trusts nobody");
        assertEquals(roots, List.copyOf(read(store.file())));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(store.file())));
        assertEquals(mark, store.refresh());
    }

    @Test
    void isWrittenAgainWhenItIsGoneOrTheJvmTrustsOthers() throws Exception {
        TrustStore store = new TrustStore(folder);
        String mark = store.refresh();
        Files.delete(store.file());
        assertEquals(mark, store.refresh());
        assertTrue(Files.exists(store.file()));

        Path other = folder.resolve("other.p12");
        KeyStore one = KeyStore.getInstance("PKCS12");
        one.load(null, null);
        one.setCertificateEntry("root", trusted().getAcceptedIssuers()[0]);
        try (OutputStream out = Files.newOutputStream(other)) {
            one.store(out, "changeit".toCharArray());
        }
        System.setProperty(PROPERTY, other.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
        try {
            assertNotEquals(mark, store.refresh());
            assertEquals(1, read(store.file()).size());
        } finally {
            System.clearProperty("javax.net.ssl.trustStorePassword");
        }
    }

    @Test
    void aJvmThatTrustsNobodyGetsNoFile() throws Exception {
        System.setProperty(PROPERTY, "NONE");
        TrustStore store = new TrustStore(folder);
        assertEquals("", store.refresh());
        assertTrue(Files.notExists(store.file()));
    }
}
