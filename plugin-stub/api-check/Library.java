import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Class files by name, and the manifest: of a jar, of a war, or of a plugin, as a file or unpacked. */
final class Library {
    final String name;
    final Map<String, byte[]> classes = new HashMap<>();
    Attributes manifest = new Attributes();

    private Library(String name) {
        this.name = name;
    }

    static Library jar(Path file) throws IOException {
        Library library = new Library(file.getFileName().toString());
        library.readJar(Files.newInputStream(file), true);
        return library;
    }

    /** A war or a plugin: the jars in WEB-INF/lib, WEB-INF/classes, and for a war the servlet API. */
    static Library archive(Path path) throws IOException {
        Library library = new Library(path.getFileName().toString());
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                    library.readEntry(path.relativize(file).toString(), Files.readAllBytes(file));
                }
            }
        } else {
            try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path))) {
                for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                    if (wanted(entry.getName())) {
                        library.readEntry(entry.getName(), zip.readAllBytes());
                    }
                }
            }
        }
        if (library.classes.isEmpty()) {
            throw new IOException(path + " holds no classes below WEB-INF.");
        }
        return library;
    }

    private static boolean wanted(String entry) {
        return entry.equals("META-INF/MANIFEST.MF")
                || entry.equals("executable/winstone.jar")
                || entry.startsWith("WEB-INF/lib/") && entry.endsWith(".jar")
                || entry.startsWith("WEB-INF/classes/") && entry.endsWith(".class");
    }

    private void readEntry(String entry, byte[] bytes) throws IOException {
        if (!wanted(entry)) {
            return;
        }
        if (entry.endsWith(".MF")) {
            manifest = new Manifest(new ByteArrayInputStream(bytes)).getMainAttributes();
        } else if (entry.endsWith(".jar")) {
            readJar(new ByteArrayInputStream(bytes), false);
        } else {
            add(entry.substring("WEB-INF/classes/".length()), bytes);
        }
    }

    private void readJar(InputStream stream, boolean withManifest) throws IOException {
        try (ZipInputStream zip = new ZipInputStream(stream)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF/")) {
                    add(entry.getName(), zip.readAllBytes());
                } else if (withManifest && entry.getName().equals("META-INF/MANIFEST.MF")) {
                    manifest = new Manifest(new ByteArrayInputStream(zip.readAllBytes())).getMainAttributes();
                }
            }
        }
    }

    private void add(String entry, byte[] bytes) {
        classes.putIfAbsent(entry.substring(0, entry.length() - ".class".length()), bytes);
    }

    /** All plugins of a folder by their short name. */
    static Map<String, Library> plugins(Path folder) throws IOException {
        Map<String, Library> plugins = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                boolean plugin = name.matches(".*\\.[hj]pi")
                        || Files.isRegularFile(file.resolve("META-INF/MANIFEST.MF"));
                if (plugin) {
                    Library library = archiveOrNull(file);
                    if (library != null) {
                        plugins.put(library.manifest.getValue("Short-Name"), library);
                    }
                }
            }
        }
        return plugins;
    }

    /** A plugin may hold no classes at all, only what it depends on or scripts. */
    private static Library archiveOrNull(Path file) throws IOException {
        Library library;
        try {
            library = archive(file);
        } catch (IOException e) {
            return null;
        }
        return library.manifest.getValue("Short-Name") == null ? null : library;
    }

    record Dependency(String plugin, boolean optional) {}

    List<Dependency> dependencies() {
        List<Dependency> dependencies = new ArrayList<>();
        String value = manifest.getValue("Plugin-Dependencies");
        for (String part : value == null || value.isBlank() ? new String[0] : value.split(",")) {
            dependencies.add(new Dependency(
                    part.strip().split(":")[0], part.contains("resolution:=optional")));
        }
        return dependencies;
    }

    /** The plugins that are there whenever this one is, and what those need. */
    static Set<String> mandatory(Library plugin, Map<String, Library> plugins) {
        Set<String> names = new LinkedHashSet<>();
        collect(plugin, plugins, names);
        return names;
    }

    private static void collect(Library plugin, Map<String, Library> plugins, Set<String> names) {
        for (Dependency dependency : plugin.dependencies()) {
            Library library = plugins.get(dependency.plugin());
            if (!dependency.optional() && library != null && names.add(dependency.plugin())) {
                collect(library, plugins, names);
            }
        }
    }
}
