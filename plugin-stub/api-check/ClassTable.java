import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.MethodNode;

/** Classes as a class loader would see them: the first library that has one wins. */
final class ClassTable {
    private final Map<String, Library> libraries = new LinkedHashMap<>();
    private final Map<String, ClassNode> known = new HashMap<>();

    void add(String name, Library library) {
        libraries.put(name, library);
    }

    /** The name under which the library that has the class was added; "java" for the JDK; or null. */
    String home(String type) {
        for (Map.Entry<String, Library> entry : libraries.entrySet()) {
            if (entry.getValue().classes.containsKey(type)) {
                return entry.getKey();
            }
        }
        return find(type) == null ? null : "java";
    }

    ClassNode find(String type) {
        if (!known.containsKey(type)) {
            known.put(type, read(type));
        }
        return known.get(type);
    }

    private ClassNode read(String type) {
        for (Library library : libraries.values()) {
            byte[] bytes = library.classes.get(type);
            if (bytes != null) {
                return node(new ClassReader(bytes));
            }
        }
        try (InputStream stream =
                ClassLoader.getPlatformClassLoader().getResourceAsStream(type + ".class")) {
            return stream == null ? null : node(new ClassReader(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ClassNode node(ClassReader reader) {
        ClassNode node = new ClassNode();
        reader.accept(node, 0);
        return node;
    }

    record Method(ClassNode owner, MethodNode node) {
        boolean isAbstract() {
            return (node.access & Opcodes.ACC_ABSTRACT) != 0;
        }
    }

    record Field(ClassNode owner, FieldNode node) {}

    /** The order in which the JVM looks: the class and its superclasses, then all interfaces. */
    List<ClassNode> hierarchy(String type) {
        List<ClassNode> nodes = new ArrayList<>();
        for (ClassNode node = find(type); node != null; node = node.superName == null ? null : find(node.superName)) {
            nodes.add(node);
        }
        for (int i = 0; i < nodes.size(); i++) {
            for (String name : nodes.get(i).interfaces) {
                ClassNode node = find(name);
                if (node != null && !nodes.contains(node)) {
                    nodes.add(node);
                }
            }
        }
        return nodes;
    }

    /** What a call of the method reaches: an implementation if there is one, else its declaration. */
    Method method(String type, String name, String descriptor) {
        Method declaration = null;
        for (ClassNode node : hierarchy(type)) {
            for (MethodNode method : node.methods) {
                if (method.name.equals(name) && method.desc.equals(descriptor)) {
                    Method found = new Method(node, method);
                    boolean inClass = (node.access & Opcodes.ACC_INTERFACE) == 0;
                    if (inClass || !found.isAbstract()) {
                        return found;
                    }
                    declaration = declaration == null ? found : declaration;
                }
            }
        }
        return declaration;
    }

    Field field(String type, String name, String descriptor) {
        for (ClassNode node : hierarchy(type)) {
            for (FieldNode field : node.fields) {
                if (field.name.equals(name) && field.desc.equals(descriptor)) {
                    return new Field(node, field);
                }
            }
        }
        return null;
    }
}
