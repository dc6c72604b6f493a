import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Compares what the plugin was compiled against with what a real Jenkins has. Called by
 * script/check-jenkins-api: WAR PLUGINS PLUGIN-JAR API-JAR.
 */
final class ApiCheck {
    private static final String OURS = "this plugin";
    private static final String CORE = "Jenkins";

    private final ClassTable real = new ClassTable();
    private final ClassTable hand = new ClassTable();
    private final Library ours;
    private final Set<String> always = new HashSet<>(Set.of(OURS, CORE, "java"));
    private final Set<String> problems = new TreeSet<>();
    private final Map<String, Set<String>> optional = new TreeMap<>();
    private int checked;

    private ApiCheck(Path war, Path plugins, Path jar, Path api) throws Exception {
        ours = Library.jar(jar);
        hand.add(OURS, ours);
        hand.add("signatures", Library.jar(api));
        real.add(OURS, ours);
        real.add(CORE, Library.archive(war));
        Map<String, Library> installed = Library.plugins(plugins);
        Set<String> reachable = new LinkedHashSet<>(Library.mandatory(ours, installed));
        always.addAll(reachable);
        for (Library.Dependency dependency : ours.dependencies()) {
            if (installed.containsKey(dependency.plugin())) {
                reachable.add(dependency.plugin());
                reachable.addAll(Library.mandatory(installed.get(dependency.plugin()), installed));
            } else {
                problems.add("The plugin " + dependency.plugin() + " is named in Plugin-Dependencies, but not in "
                        + plugins + (dependency.optional() ? " (optional)." : "."));
            }
        }
        reachable.forEach(name -> real.add(name, installed.get(name)));
    }

    public static void main(String[] arguments) throws Exception {
        ApiCheck check = new ApiCheck(
                Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), Path.of(arguments[3]));
        System.exit(check.run() ? 0 : 1);
    }

    private boolean run() {
        for (byte[] bytes : new TreeMap<>(ours.classes).values()) {
            ClassNode node = ClassTable.node(new ClassReader(bytes));
            checkTypes(bytes, node);
            checkMembers(node);
            checkAbstract(node);
            checkOverrides(node);
        }
        checkOptional();
        problems.forEach(System.out::println);
        optional.forEach((type, needed) ->
                System.out.println("note: " + type.replace('/', '.') + " needs " + String.join(", ", needed)));
        System.out.println("check-jenkins-api: " + ours.classes.size() + " classes, " + checked
                + " names looked up, problems: " + problems.size());
        return problems.isEmpty();
    }

    private void problem(ClassNode node, String sentence) {
        problems.add(node.name.replace('/', '.') + ": " + sentence);
    }

    /** Every type that stands anywhere in the class, signatures and annotations included. */
    private void checkTypes(byte[] bytes, ClassNode node) {
        Set<String> types = new TreeSet<>();
        new ClassReader(bytes)
                .accept(
                        new ClassRemapper(new ClassNode(), new Remapper() {
                            @Override
                            public String map(String name) {
                                types.add(name);
                                return name;
                            }
                        }),
                        0);
        Set<String> compileTime = compileTimeAnnotations(node);
        for (String type : types) {
            checked++;
            String home = real.home(type);
            if (home == null && !compileTime.contains(type)) {
                problem(node, "there is no class " + type.replace('/', '.') + ".");
            } else if (home != null && !always.contains(home)) {
                optional.computeIfAbsent(node.name, name -> new TreeSet<>()).add(home);
            }
            checkAnnotation(node, type);
        }
    }

    /** Annotations that the JVM drops need not be there at run time. */
    private static Set<String> compileTimeAnnotations(ClassNode node) {
        Set<String> types = new HashSet<>();
        addInvisible(node.invisibleAnnotations, types);
        node.fields.forEach(field -> addInvisible(field.invisibleAnnotations, types));
        for (MethodNode method : node.methods) {
            addInvisible(method.invisibleAnnotations, types);
            List<AnnotationNode>[] parameters = method.invisibleParameterAnnotations;
            for (int i = 0; parameters != null && i < parameters.length; i++) {
                addInvisible(parameters[i], types);
            }
        }
        return types;
    }

    private static void addInvisible(List<AnnotationNode> annotations, Set<String> types) {
        if (annotations != null) {
            annotations.forEach(annotation -> types.add(Type.getType(annotation.desc).getInternalName()));
        }
    }

    /** An annotation written by hand must have the retention and the marks of the real one. */
    private void checkAnnotation(ClassNode user, String type) {
        ClassNode mine = hand.find(type);
        ClassNode theirs = real.find(type);
        if (mine == null || theirs == null || (mine.access & Opcodes.ACC_ANNOTATION) == 0 || mine == theirs) {
            return;
        }
        Map<String, String> expected = marks(theirs);
        Map<String, String> found = marks(mine);
        if (!expected.equals(found)) {
            problem(user, "the annotation " + type.replace('/', '.') + " is marked " + expected + " in Jenkins, but "
                    + found + " in the signatures.");
        }
    }

    /** Only what matters to compilers and to those who index annotations. */
    private static Map<String, String> marks(ClassNode node) {
        Map<String, String> marks = new TreeMap<>();
        if (node.visibleAnnotations != null) {
            for (AnnotationNode annotation : node.visibleAnnotations) {
                if (annotation.desc.endsWith("/Retention;")) {
                    marks.put("retention", ((String[]) annotation.values.get(1))[1]);
                } else if (annotation.desc.endsWith("/Indexable;") || annotation.desc.endsWith("/Indexed;")
                        || annotation.desc.endsWith("/MetaInfServices;")) {
                    marks.put(annotation.desc, "");
                }
            }
        }
        return marks;
    }

    private void checkMembers(ClassNode node) {
        for (MethodNode method : node.methods) {
            for (AbstractInsnNode instruction : method.instructions) {
                if (instruction instanceof MethodInsnNode call) {
                    checkMethod(node, call.getOpcode(), call.owner, call.name, call.desc, call.itf);
                } else if (instruction instanceof FieldInsnNode access) {
                    checkField(node, access);
                } else if (instruction instanceof InvokeDynamicInsnNode dynamic) {
                    for (Object argument : dynamic.bsmArgs) {
                        if (argument instanceof org.objectweb.asm.Handle handle
                                && handle.getTag() >= Opcodes.H_INVOKEVIRTUAL) {
                            checkMethod(node, opcode(handle.getTag()), handle.getOwner(), handle.getName(),
                                    handle.getDesc(), handle.isInterface());
                        }
                    }
                }
            }
        }
    }

    private static int opcode(int tag) {
        return switch (tag) {
            case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
            case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
            case Opcodes.H_INVOKEVIRTUAL -> Opcodes.INVOKEVIRTUAL;
            default -> Opcodes.INVOKESPECIAL;
        };
    }

    private void checkMethod(ClassNode user, int opcode, String owner, String name, String descriptor, boolean itf) {
        if (owner.startsWith("[") || owner.equals("java/lang/invoke/MethodHandle")) {
            return;
        }
        checked++;
        String what = owner.replace('/', '.') + "." + name + descriptor;
        ClassNode type = real.find(owner);
        if (type == null) {
            return; // said already
        }
        ClassTable.Method found = real.method(owner, name, descriptor);
        if (found == null) {
            problem(user, "there is no method " + what + ".");
            return;
        }
        if (itf != ((type.access & Opcodes.ACC_INTERFACE) != 0)) {
            problem(user, owner.replace('/', '.') + " is " + (itf ? "a class" : "an interface") + " in Jenkins.");
        }
        if ((opcode == Opcodes.INVOKESTATIC) != ((found.node().access & Opcodes.ACC_STATIC) != 0)) {
            problem(user, what + " differs in static.");
        }
        if (opcode == Opcodes.INVOKESPECIAL && found.isAbstract()) {
            problem(user, what + " is abstract.");
        }
        checkAccess(user, found.owner(), found.node().access, what);
    }

    private void checkField(ClassNode user, FieldInsnNode access) {
        checked++;
        String what = access.owner.replace('/', '.') + "." + access.name;
        if (real.find(access.owner) == null) {
            return;
        }
        ClassTable.Field found = real.field(access.owner, access.name, access.desc);
        if (found == null) {
            problem(user, "there is no field " + what + " of type " + access.desc + ".");
            return;
        }
        boolean isStatic = access.getOpcode() == Opcodes.GETSTATIC || access.getOpcode() == Opcodes.PUTSTATIC;
        if (isStatic != ((found.node().access & Opcodes.ACC_STATIC) != 0)) {
            problem(user, what + " differs in static.");
        }
        checkAccess(user, found.owner(), found.node().access, what);
    }

    private void checkAccess(ClassNode user, ClassNode owner, int access, String what) {
        if (ours.classes.containsKey(owner.name) || (access & Opcodes.ACC_PUBLIC) != 0) {
            return;
        }
        boolean inherits = real.hierarchy(user.name).contains(owner);
        boolean nested = user.outerClass != null || user.name.contains("$");
        if ((access & Opcodes.ACC_PROTECTED) == 0 || !inherits && !nested) {
            problem(user, what + " is not for us: it is "
                    + ((access & Opcodes.ACC_PROTECTED) != 0 ? "protected." : "private or of its package."));
        }
    }

    private void checkAbstract(ClassNode node) {
        boolean open = (node.access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_INTERFACE)) != 0;
        for (ClassNode parent : real.hierarchy(node.name)) {
            if (parent != node && parent.name.equals(node.superName) && (parent.access & Opcodes.ACC_FINAL) != 0) {
                problem(node, parent.name.replace('/', '.') + " is final.");
            }
            for (MethodNode method : open ? List.<MethodNode>of() : parent.methods) {
                ClassTable.Method reached = real.method(node.name, method.name, method.desc);
                if ((method.access & Opcodes.ACC_ABSTRACT) != 0 && reached.isAbstract()) {
                    problem(node, "leaves open " + parent.name.replace('/', '.') + "." + method.name + method.desc);
                }
            }
        }
    }

    /** What overrides a method of the signatures must override one of Jenkins, or nobody ever calls it. */
    private void checkOverrides(ClassNode node) {
        for (MethodNode method : node.methods) {
            int hidden = Opcodes.ACC_STATIC | Opcodes.ACC_PRIVATE;
            if (method.name.startsWith("<") || (method.access & hidden) != 0) {
                continue;
            }
            if (declares(hand, node, method) && !declares(real, node, method)) {
                problem(node, method.name + method.desc + " overrides nothing in Jenkins.");
            }
            for (ClassNode parent : real.hierarchy(node.superName)) {
                for (MethodNode theirs : parent.methods) {
                    boolean same = theirs.name.equals(method.name) && theirs.desc.equals(method.desc);
                    if (same && (theirs.access & Opcodes.ACC_FINAL) != 0 && (theirs.access & hidden) == 0) {
                        problem(node, method.name + method.desc + " is final in " + parent.name.replace('/', '.'));
                    }
                }
            }
        }
    }

    private static boolean declares(ClassTable table, ClassNode node, MethodNode method) {
        return table.hierarchy(node.name).stream()
                .filter(parent -> !parent.name.equals(node.name))
                .flatMap(parent -> parent.methods.stream())
                .anyMatch(other -> other.name.equals(method.name) && other.desc.equals(method.desc)
                        && (other.access & (Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC)) == 0);
    }

    /** What Jenkins loads by itself must load without the optional plugins, or say that it need not. */
    private void checkOptional() {
        for (String type : optional.keySet()) {
            ClassNode node = real.find(type);
            if (node.visibleAnnotations == null) {
                continue;
            }
            for (AnnotationNode annotation : node.visibleAnnotations) {
                if (annotation.desc.equals("Lhudson/Extension;")) {
                    int at = annotation.values == null ? -1 : annotation.values.indexOf("optional");
                    if (at < 0 || !Boolean.TRUE.equals(annotation.values.get(at + 1))) {
                        problem(node, "needs " + String.join(", ", optional.get(type))
                                + ", but is no @Extension(optional = true).");
                    }
                }
            }
        }
    }
}
