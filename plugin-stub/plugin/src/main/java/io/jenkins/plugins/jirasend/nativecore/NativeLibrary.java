package io.jenkins.plugins.jirasend.nativecore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Loads the native library, once for each copy of this class.
 *
 * <p>The library lies in the class path, one for each platform. It is copied to a folder of its own
 * and the copy is removed as soon as it is loaded. Each class loader needs a file of its own, or the
 * JVM refuses; and a file that nobody can reach is a file that nobody can change.
 */
public final class NativeLibrary {
    /** System property: a folder for the copy, instead of the one that the caller names. */
    public static final String FOLDER_PROPERTY = "io.jenkins.plugins.jirasend.nativeDir";

    static final String FILE = "libjirasend_jni.so";
    static final String LOCK = "load.lock";
    static final String PREFIX = "load-";

    private static final int LOCK_TRIES = 1500;
    private static final int LOCK_PAUSE_MS = 20;
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static boolean loaded;

    private NativeLibrary() {}

    /**
     * Loads the library if this was not done yet.
     *
     * @param folder is made when it is not there; the copy lies below it for a moment
     */
    public static synchronized void load(Path folder) throws NativeLibraryException {
        if (!loaded) {
            load(Platform.current(), chosen(folder));
            loaded = true;
        }
    }

    static void load(Platform platform, Path folder) throws NativeLibraryException {
        if (!platform.supported()) {
            throw new NativeLibraryException("jirasend has no native library for " + platform.os() + " on "
                    + platform.processor() + " (C library: " + platform.libc().word() + "). It runs on Linux on"
                    + " x86_64 and aarch64, with glibc or musl. Nothing is sent to Jira from here.");
        }
        NativeLibraryException first = null;
        for (Platform candidate : platform.candidates()) {
            try {
                loadOne(candidate, folder);
                compareVersions();
                return;
            } catch (NativeLibraryException e) {
                first = first == null ? e : first;
            }
        }
        throw first;
    }

    private static void loadOne(Platform platform, Path folder) throws NativeLibraryException {
        String resource = "/natives/" + platform.folder() + "/" + FILE;
        try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new NativeLibraryException("This build of jirasend holds no native library for "
                        + platform.folder() + ". Install a build that does. Nothing is sent to Jira from here.");
            }
            loadCopy(library, folder);
        } catch (NativeLibraryException e) {
            throw e;
        } catch (IOException e) {
            throw new NativeLibraryException(
                    "The native library cannot be written below " + folder + " (" + e
                            + "). Mend that folder, or name another with -D" + FOLDER_PROPERTY + "=FOLDER.",
                    e);
        }
    }

    private static Path chosen(Path folder) throws NativeLibraryException {
        String named = System.getProperty(FOLDER_PROPERTY, "");
        try {
            return (named.isBlank() ? folder : Path.of(named)).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new NativeLibraryException("-D" + FOLDER_PROPERTY + " names no folder: " + e.getMessage() + ".", e);
        }
    }

    private static void loadCopy(InputStream library, Path base) throws IOException {
        if (!Files.isDirectory(base)) { // a link to a folder is fine, but createDirectories() refuses it
            Files.createDirectories(base, OWNER_ONLY);
        }
        try (FileChannel channel = FileChannel.open(
                        base.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock != null) {
                removeLeftovers(base);
            }
            Path own = Files.createTempDirectory(base, PREFIX, OWNER_ONLY);
            try {
                Path copy = own.resolve(FILE);
                Files.copy(library, copy);
                link(copy, base);
            } finally {
                remove(own);
            }
        }
    }

    /**
     * While somebody holds the lock, every other copy is the leftover of a process that was killed.
     * Null when there is no lock to be had, as on some network file systems: then nothing is tidied.
     */
    private static FileLock lock(FileChannel channel) {
        for (int i = 0; i < LOCK_TRIES; i++) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                // another class loader of this JVM is at it: wait like for another process
            } catch (IOException e) {
                return null;
            }
            try {
                Thread.sleep(LOCK_PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
        return null;
    }

    private static void removeLeftovers(Path base) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, PREFIX + "*")) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                    remove(folder);
                }
            }
        }
    }

    /** What cannot be removed now (NFS keeps a file that is in use) is a leftover for the next time. */
    private static void remove(Path folder) {
        try {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // see above
        }
    }

    private static void link(Path copy, Path base) throws NativeLibraryException {
        try {
            System.load(copy.toString());
        } catch (UnsatisfiedLinkError e) {
            throw new NativeLibraryException(explain(String.valueOf(e.getMessage()), base), e);
        }
    }

    /** The words are the loader's: glibc says "failed to map segment", musl the errno. */
    static String explain(String message, Path base) {
        if (message.contains("failed to map segment")
                || message.contains("Operation not permitted")
                || message.contains("Permission denied")) {
            return "Nothing may be executed from " + base + ": it is probably mounted noexec. Name a folder on"
                    + " another file system with -D" + FOLDER_PROPERTY + "=FOLDER. (" + message + ")";
        }
        if (message.contains("GLIBC_")) {
            return "The C library of this system is older than the one that this build of jirasend needs. ("
                    + message + ")";
        }
        return "The native library cannot be loaded from " + base + ". (" + message + ")";
    }

    private static void compareVersions() throws NativeLibraryException {
        String version = NativeCore.version();
        if (!NativeCore.VERSION.equals(version)) {
            throw new NativeLibraryException("The native library is version " + version
                    + ", but its Java classes are version " + NativeCore.VERSION
                    + ". Install jirasend again, and restart.");
        }
    }
}
