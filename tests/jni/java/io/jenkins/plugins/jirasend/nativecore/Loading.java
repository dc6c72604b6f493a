package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.thrown;

import io.jenkins.plugins.jirasend.nativecore.Platform.CLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/** The way of the library from the class path into the process. Runs before the library is loaded. */
final class Loading {
    private static final Platform HERE = Platform.current();

    private Loading() {}

    static void a_thisPlatform() {
        check(HERE.supported(), HERE.toString());
        check(HERE.folder().equals(System.getProperty("test.platform")), HERE.folder());
    }

    static void b_otherPlatforms() throws IOException {
        Path folder = newFolder("other");
        for (Platform platform : List.of(
                new Platform("Windows Server 2022", "x86_64", CLibrary.UNKNOWN),
                new Platform("Mac OS X", "aarch64", CLibrary.UNKNOWN),
                new Platform("Linux", "s390x", CLibrary.GLIBC),
                new Platform("Linux", "x86", CLibrary.GLIBC))) {
            NativeLibraryException e = thrown(
                    NativeLibraryException.class, platform.toString(), () -> NativeLibrary.load(platform, folder));
            check(e.getMessage().contains(platform.os()) && e.getMessage().contains("x86_64 and aarch64"), e.getMessage());
        }
        CLibrary otherLibc = HERE.libc() == CLibrary.GLIBC ? CLibrary.MUSL : CLibrary.GLIBC;
        Platform other = new Platform("Linux", HERE.processor().equals("x86_64") ? "aarch64" : "x86_64", otherLibc);
        NativeLibraryException e = thrown(
                NativeLibraryException.class, other.toString(), () -> NativeLibrary.load(other, folder));
        check(e.getMessage().contains(other.folder()), e.getMessage());
    }

    static void c_processors() {
        check(Platform.processor("amd64").equals("x86_64"), "amd64");
        check(Platform.processor("aarch64").equals("aarch64"), "aarch64");
        check(Platform.processor("riscv64").equals("riscv64"), "riscv64");
    }

    static void d_cLibraries() throws IOException {
        Path folder = newFolder("libc");
        Path glibc = Files.writeString(folder.resolve("libc.so.6"), "\0GNU C Library (Debian GLIBC 2.36)\0");
        Path musl = Files.writeString(folder.resolve("ld-musl-x86_64.so.1"), "\0musl libc (x86_64)\0");
        // A musl under the name of glibc's loader, as a compatibility layer lays it down.
        Path disguised = Files.writeString(folder.resolve("ld-linux-x86-64.so.2"), "\0musl libc (x86_64)\0");
        Path other = Files.writeString(folder.resolve("libcrypto.so.3"), "\0musl libc (x86_64)\0");
        check(Platform.libc(List.of(map(glibc), map(other))) == CLibrary.GLIBC, "glibc");
        check(Platform.libc(List.of(map(musl))) == CLibrary.MUSL, "musl");
        check(Platform.libc(List.of(map(glibc), map(disguised))) == CLibrary.MUSL, "musl below a layer");
        check(Platform.libc(List.of(map(folder.resolve("gone/libc.so.6")) + " (deleted)")) == CLibrary.GLIBC, "upgraded");
        check(Platform.libc(List.of(map(folder.resolve("gone/ld-musl-aarch64.so.1")))) == CLibrary.MUSL, "upgraded musl");
        // As a font with letters outside ASCII is to a Java without a locale: no path.
        check(Platform.libc(List.of(map("/usr/share/fonts/\0.ttf"), map(glibc))) == CLibrary.GLIBC, "beside no path");
        check(Platform.libc(List.of(map(other), "7ffd-7ffe rw-p 0 00:00 0 [stack]", "")) == CLibrary.UNKNOWN, "none");
    }

    private static String map(Object file) {
        return "7f12a0000000-7f12a0026000 r-xp 00026000 fe:01 1234567                    " + file;
    }

    static void e_messages() {
        Path folder = Path.of("/some/where");
        for (String words : List.of(
                "x.so: failed to map segment from shared object", "Error loading shared library x: Operation not permitted")) {
            String message = NativeLibrary.explain(words, folder);
            check(message.contains("noexec") && message.contains("-D" + NativeLibrary.FOLDER_PROPERTY + "="), message);
            check(message.contains("/some/where") && message.contains(words), message);
        }
        String old = NativeLibrary.explain("/lib/libc.so.6: version `GLIBC_2.99' not found", folder);
        check(old.contains("older") && old.contains("GLIBC_2.99"), old);
        check(NativeLibrary.explain("who knows", folder).contains("who knows"), "unknown");
    }

    static void f_noexec() throws IOException {
        String noexec = System.getProperty("test.noexec", "");
        if (noexec.isEmpty()) {
            return; // the run says so
        }
        Path folder = Files.createTempDirectory(Path.of(noexec), "jirasend-test-");
        try {
            NativeLibraryException e =
                    thrown(NativeLibraryException.class, "noexec", () -> NativeLibrary.load(HERE, folder));
            check(e.getMessage().contains("noexec") && e.getMessage().contains(NativeLibrary.FOLDER_PROPERTY), e.getMessage());
            check(names(folder).equals(List.of(NativeLibrary.LOCK)), "nothing is left: " + names(folder));
        } finally {
            Files.deleteIfExists(folder.resolve(NativeLibrary.LOCK));
            Files.delete(folder);
        }
    }

    static void g_folderThatCannotBe() throws IOException {
        Path file = Files.writeString(newFolder("file").resolve("file"), "");
        NativeLibraryException e = thrown(
                NativeLibraryException.class, "a file", () -> NativeLibrary.load(HERE, file.resolve("below")));
        check(e.getMessage().contains(file.toString()) && e.getMessage().contains(NativeLibrary.FOLDER_PROPERTY), e.getMessage());
    }

    static void h_leftoversGo() throws IOException {
        Path folder = newFolder("leftovers");
        Path leftover = Files.createDirectory(folder.resolve(NativeLibrary.PREFIX + "123"));
        Files.writeString(leftover.resolve(NativeLibrary.FILE), "of a process that was killed");
        Path link = Files.createSymbolicLink(folder.resolve(NativeLibrary.PREFIX + "link"), newFolder("elsewhere"));
        Path stranger = Files.createDirectory(folder.resolve("stranger"));
        System.setProperty(NativeLibrary.FOLDER_PROPERTY, folder.toString());
        try {
            // The property wins: where the caller wants it, it could not be.
            NativeLibrary.load(Path.of("/dev/null/nowhere"));
        } finally {
            System.clearProperty(NativeLibrary.FOLDER_PROPERTY);
        }
        check(!Files.exists(leftover), "the leftover is gone");
        check(Files.exists(link) && Files.exists(stranger), "what is not ours stays");
        check(names(folder).size() == 3, "nothing else is there: " + names(folder));
        check(NativeCore.version().equals(NativeCore.VERSION), "loaded");
        NativeLibrary.load(Path.of("/dev/null/nowhere")); // once is enough
    }

    static void i_onlyTheOwnerMayLook() throws IOException {
        Path folder = newFolder("private").resolve("a/b");
        NativeLibrary.load(HERE, folder);
        check(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)).equals("rwx------"), "0700");
    }

    static void j_linkedFolder() throws IOException {
        Path target = newFolder("target");
        Path link = Files.createSymbolicLink(Setting.SCRATCH.resolve("linked"), target);
        NativeLibrary.load(HERE, link);
        check(names(target).equals(List.of(NativeLibrary.LOCK)), "it was used: " + names(target));
    }

    static void k_unknownCLibrary() throws IOException {
        Platform unknown = new Platform("Linux", HERE.processor(), CLibrary.UNKNOWN);
        check(unknown.candidates().contains(HERE), "this platform is tried");
        check(HERE.candidates().equals(List.of(HERE)), "nothing else is tried where it is known");
        NativeLibrary.load(unknown, newFolder("unknown"));
        Platform foreign = new Platform("Linux", HERE.processor().equals("x86_64") ? "aarch64" : "x86_64", CLibrary.UNKNOWN);
        NativeLibraryException e = thrown(
                NativeLibraryException.class, "foreign", () -> NativeLibrary.load(foreign, newFolder("foreign")));
        check(e.getMessage().contains(foreign.processor()) || e.getMessage().contains("cannot be loaded"), e.getMessage());
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }
}
