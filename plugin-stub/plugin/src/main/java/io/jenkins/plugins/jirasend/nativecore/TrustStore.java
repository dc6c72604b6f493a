package io.jenkins.plugins.jirasend.nativecore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The trusted roots of the JVM, which is what administrators of Jenkins maintain, as a PEM file for
 * the core.
 */
final class TrustStore {
    static final String FILE = "trust.pem";

    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final Path folder;
    private String sources = "";
    private String mark = "";

    TrustStore(Path folder) {
        this.folder = folder;
    }

    Path file() {
        return folder.resolve(FILE);
    }

    /**
     * Writes the file if it is not there or the JVM's store has changed.
     *
     * @return changes with the content of the file; empty when the JVM trusts nobody and there is no file
     */
    synchronized String refresh() throws IOException {
        String now = sources();
        if (now.equals(sources) && (mark.isEmpty() || Files.exists(file()))) {
            return mark;
        }
        String pem = pem();
        if (pem.isEmpty()) {
            mark = "";
            Files.deleteIfExists(file());
        } else {
            mark = hash(pem);
            write(pem);
        }
        sources = now;
        return mark;
    }

    /** Reading the store takes a while, so its files are looked at first. */
    private static String sources() {
        List<String> parts = new ArrayList<>();
        String named = System.getProperty("javax.net.ssl.trustStore");
        Path security = Path.of(System.getProperty("java.home"), "lib", "security");
        List<Path> files = named == null || named.isEmpty()
                ? List.of(security.resolve("jssecacerts"), security.resolve("cacerts"))
                : named.equals("NONE") ? List.of() : List.of(Path.of(named));
        for (Path file : files) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                parts.add(file + " " + attributes.size() + " " + attributes.lastModifiedTime() + " "
                        + attributes.fileKey());
            } catch (IOException e) {
                parts.add(file + " -");
            }
        }
        parts.add(System.getProperty("javax.net.ssl.trustStoreType", ""));
        return String.join("\n", parts);
    }

    private static String pem() throws IOException {
        StringBuilder pem = new StringBuilder();
        try {
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null); // the default one, whatever properties name it
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    for (X509Certificate root : x509.getAcceptedIssuers()) {
                        pem.append("-----BEGIN CERTIFICATE-----\n")
                                .append(LINES.encodeToString(root.getEncoded()))
                                .append("\n-----END CERTIFICATE-----\n");
                    }
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("The trusted certificates of Java cannot be read: " + e.getMessage(), e);
        }
        return pem.toString();
    }

    private static String hash(String pem) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(pem.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private void write(String pem) throws IOException {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path draft = Files.createTempFile( // made 0600
                folder, FILE + ".", ".new");
        try {
            Files.writeString(draft, pem, StandardCharsets.US_ASCII);
            Files.move(draft, file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }
}
