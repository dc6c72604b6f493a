package io.jenkins.plugins.jirasend.nativecore;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Operating system, processor and C library of this process.
 *
 * <p>The C library is the one that the process has mapped, whatever else lies on the disk: a glibc
 * JDK may run on Alpine, and a folder may hold the loaders of both.
 */
record Platform(String os, String processor, CLibrary libc) {
    enum CLibrary {
        GLIBC("GNU C Library"),
        MUSL("musl libc"),
        UNKNOWN(null);

        /** Stands in each build of the library itself, for its own version message. */
        private final byte[] mark;

        CLibrary(String mark) {
            this.mark = mark == null ? null : mark.getBytes(StandardCharsets.US_ASCII);
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The last column of /proc/self/maps: a path from the root, perhaps with " (deleted)". */
    private static final Pattern MAPPED_FILE = Pattern.compile("(/.*?)(?: \\(deleted\\))?$");

    /** Loaders and C libraries are called ld-…, ld.…, libc.… or libc-…, on every distribution. */
    private static final Pattern C_LIBRARY = Pattern.compile("(?:ld|libc)(?:64)?[-.].*");

    static Platform current() {
        return new Platform(
                System.getProperty("os.name", ""), processor(System.getProperty("os.arch", "")), currentLibc());
    }

    /** Such as {@code linux-x86_64-glibc}: a folder of the resources. */
    String folder() {
        return os.toLowerCase(Locale.ROOT) + "-" + processor + "-" + libc.word();
    }

    boolean supported() {
        return os.equals("Linux") && (processor.equals("x86_64") || processor.equals("aarch64"));
    }

    /**
     * What to try, in this order. Where the process may not see what it has mapped, the loader tells the
     * C libraries apart: none takes a library that was made for the other.
     */
    List<Platform> candidates() {
        if (libc != CLibrary.UNKNOWN) {
            return List.of(this);
        }
        return List.of(new Platform(os, processor, CLibrary.GLIBC), new Platform(os, processor, CLibrary.MUSL));
    }

    static String processor(String arch) {
        return switch (arch) {
            case "amd64", "x86_64", "x86-64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> arch;
        };
    }

    private static CLibrary currentLibc() {
        try {
            return libc(Files.readAllLines(Path.of("/proc/self/maps"), StandardCharsets.UTF_8));
        } catch (IOException | UncheckedIOException | InvalidPathException e) {
            return CLibrary.UNKNOWN;
        }
    }

    /**
     * Looks into the mapped files. musl wins when there are both, because what calls itself glibc is
     * then a thin layer over musl (gcompat). Names decide only for files that cannot be read any more,
     * such as those of a C library that was upgraded under the running process.
     */
    static CLibrary libc(List<String> maps) {
        CLibrary found = CLibrary.UNKNOWN;
        for (Path file : mappedLibcs(maps)) {
            CLibrary one = libcOf(file);
            if (one == CLibrary.MUSL) {
                return one;
            }
            if (one != CLibrary.UNKNOWN) {
                found = one;
            }
        }
        return found;
    }

    private static Set<Path> mappedLibcs(List<String> maps) {
        Set<Path> files = new LinkedHashSet<>();
        for (String line : maps) {
            Matcher matcher = MAPPED_FILE.matcher(line);
            if (matcher.find()) {
                String file = matcher.group(1);
                // others may have names that are no paths to a Java without a locale
                if (C_LIBRARY.matcher(file.substring(file.lastIndexOf('/') + 1)).matches()) {
                    files.add(Path.of(file));
                }
            }
        }
        return files;
    }

    private static CLibrary libcOf(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            byte[] bytes = in.readAllBytes();
            for (CLibrary libc : List.of(CLibrary.MUSL, CLibrary.GLIBC)) {
                if (contains(bytes, libc.mark)) {
                    return libc;
                }
            }
            return CLibrary.UNKNOWN;
        } catch (IOException e) {
            return libcByName(file.getFileName().toString());
        }
    }

    private static CLibrary libcByName(String name) {
        if (name.contains("musl")) {
            return CLibrary.MUSL;
        }
        return name.startsWith("libc.so.6") || name.startsWith("ld-linux") ? CLibrary.GLIBC : CLibrary.UNKNOWN;
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        for (int at = 0; at <= bytes.length - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && bytes[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return true;
            }
        }
        return false;
    }
}
