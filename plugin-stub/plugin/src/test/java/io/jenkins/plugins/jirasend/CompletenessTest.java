package io.jenkins.plugins.jirasend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.Extension;
import hudson.init.Initializer;
import hudson.init.Terminator;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import net.java.sezpoz.Index;
import net.java.sezpoz.IndexItem;
import org.jenkinsci.Symbol;
import org.junit.jupiter.api.Test;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/**
 * What Jenkins puts together by name at run time, and no compiler checks: forms, help, texts, and
 * the index of extensions.
 */
class CompletenessTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path RESOURCES = Path.of("src/main/resources");
    private static final Pattern TEXT = Pattern.compile("\\$\\{%([^}(]*)(\\()?");

    private static List<Path> files(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(end)).sorted().toList();
            assertFalse(found.isEmpty(), "no *" + end + " in " + folder.toAbsolutePath());
            return found;
        }
    }

    /** Ours, nested ones too. None of them is initialized by looking at it. */
    private static List<Class<?>> classes() throws Exception {
        List<Class<?>> classes = new ArrayList<>();
        for (Path file : files(SOURCES, ".java")) {
            String name = SOURCES.relativize(file).toString().replace(".java", "").replace('/', '.');
            Class<?> type = Class.forName(name, false, CompletenessTest.class.getClassLoader());
            classes.add(type);
            classes.addAll(Arrays.asList(type.getDeclaredClasses()));
        }
        return classes;
    }

    /** Names of the parameters that forms, Pipelines and configuration as code know. */
    private static Set<String> parameters(Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (Constructor<?> constructor : type.getConstructors()) {
            if (constructor.isAnnotationPresent(DataBoundConstructor.class)) {
                for (Parameter parameter : constructor.getParameters()) {
                    assertTrue(parameter.isNamePresent(), type + " was compiled without -parameters");
                    names.add(parameter.getName());
                }
            }
        }
        for (Method method : type.getMethods()) {
            if (method.isAnnotationPresent(DataBoundSetter.class)) {
                names.add(method.getName().substring(3, 4).toLowerCase() + method.getName().substring(4));
            }
        }
        return names;
    }

    private static List<Class<?>> describables() throws Exception {
        List<Class<?>> found = classes().stream()
                .filter(type -> !Modifier.isAbstract(type.getModifiers()) && !parameters(type).isEmpty())
                .toList();
        assertTrue(found.size() >= 6, found.toString());
        return found;
    }

    private static Path folder(Class<?> type) {
        return RESOURCES.resolve(type.getName().replace('.', '/'));
    }

    /** Jenkins looks for views and help in the folder of the class and in those of its parents. */
    private static boolean hasHelp(Class<?> type, String name) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            if (Files.exists(folder(at).resolve("help-" + name + ".html"))) {
                return true;
            }
        }
        return false;
    }

    private static Document parse(String text) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(text)));
    }

    private static List<Element> elements(Document document, Predicate<Element> which) {
        NodeList all = document.getElementsByTagName("*");
        List<Element> found = new ArrayList<>();
        for (int i = 0; i < all.getLength(); i++) {
            if (which.test((Element) all.item(i))) {
                found.add((Element) all.item(i));
            }
        }
        return found;
    }

    private static boolean isMap(Class<?> type, String parameter) {
        String setter = "set" + parameter.substring(0, 1).toUpperCase() + parameter.substring(1);
        return Arrays.stream(type.getMethods())
                .anyMatch(method -> method.getName().equals(setter) && method.getParameterTypes()[0].equals(Map.class));
    }

    private static boolean is(Element element, String name) {
        return name.equals(element.getLocalName());
    }

    @Test
    void everyParameterHasOneFieldAndHelpAndAGetter() throws Exception {
        for (Class<?> type : describables()) {
            Document form = parse(Files.readString(folder(type).resolve("config.jelly")));
            List<String> fields = elements(form, element -> is(element, "entry")).stream()
                    .map(entry -> entry.getAttribute("field"))
                    .sorted()
                    .toList();
            Set<String> needed = parameters(type);
            needed.removeIf(name -> isMap(type, name)); // forms of Jenkins know no maps; its help says so
            assertEquals(List.copyOf(needed), fields, type.getName());
            for (String name : parameters(type)) {
                assertTrue(hasHelp(type, name), type.getName() + ": no help-" + name + ".html");
                String rest = name.substring(0, 1).toUpperCase() + name.substring(1);
                assertTrue(
                        Arrays.stream(type.getMethods())
                                .anyMatch(method -> method.getName().matches("(get|is)" + rest)
                                        && method.getParameterCount() == 0),
                        type.getName() + ": the form cannot show the value of " + name);
            }
        }
    }

    /** A help file that belongs to nothing is one whose parameter was renamed. */
    @Test
    void everyHelpBelongsToAParameter() throws Exception {
        for (Path file : files(RESOURCES, ".html")) {
            String name = file.getFileName().toString().replaceAll("^help-?|\\.html$", "");
            String type = RESOURCES.relativize(file.getParent()).toString().replace('/', '.');
            Set<String> known = parameters(Class.forName(type, false, getClass().getClassLoader()));
            assertTrue(name.isEmpty() || known.contains(name), file.toString());
            parse("<html>" + Files.readString(file) + "</html>");
        }
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void everyListIsFilled() throws Exception {
        int lists = 0;
        for (Class<?> type : describables()) {
            Document form = parse(Files.readString(folder(type).resolve("config.jelly")));
            for (Element select : elements(form, element -> is(element, "select"))) {
                String name = ((Element) select.getParentNode()).getAttribute("field");
                String method = "doFill" + name.substring(0, 1).toUpperCase() + name.substring(1) + "Items";
                Class<?> descriptor = Arrays.stream(type.getDeclaredClasses())
                        .filter(nested -> nested.isAnnotationPresent(Extension.class))
                        .findFirst()
                        .orElse((Class) type); // a global configuration describes itself
                assertTrue(
                        Arrays.stream(descriptor.getMethods())
                                .anyMatch(found -> found.getName().equals(method)),
                        descriptor.getName() + "." + method);
                lists++;
            }
        }
        assertTrue(lists > 0);
    }

    /** Jenkins looks for what a button sends above it only, and else takes what the site before has. */
    @Test
    void everyButtonStandsBelowWhatItSends() throws Exception {
        int buttons = 0;
        for (Path file : files(RESOURCES, "config.jelly")) {
            Set<String> above = new TreeSet<>();
            for (Element element : elements(parse(Files.readString(file)), element -> true)) {
                if (is(element, "entry")) {
                    above.add(element.getAttribute("field"));
                } else if (is(element, "validateButton")) {
                    List<String> sent = List.of(element.getAttribute("with").split(","));
                    assertTrue(above.containsAll(sent), file + " sends " + sent + ", above are " + above);
                    buttons++;
                }
            }
        }
        assertTrue(buttons > 0);
    }

    /** The help of an entry opens in the first place for help inside it: not in that of a site's field. */
    @Test
    void everyListOfFormsHasItsHelpAbove() throws Exception {
        int lists = 0;
        for (Path file : files(RESOURCES, "config.jelly")) {
            for (Element list : elements(parse(Files.readString(file)), element -> is(element, "repeatableProperty"))) {
                NodeList inside = ((Element) list.getParentNode()).getElementsByTagName("*");
                assertTrue(is((Element) inside.item(0), "helpArea"), file.toString());
                lists++;
            }
        }
        assertTrue(lists > 0);
    }

    /** Jenkins puts what follows a paragraph of an alert on the paragraph's line, without a space. */
    @Test
    void everyAlertIsOneParagraphOrAList() throws Exception {
        for (Path file : files(RESOURCES, "message.jelly")) {
            for (Element paragraph : elements(parse(Files.readString(file)), element -> is(element, "p"))) {
                Node next = paragraph.getNextSibling();
                while (next != null && next.getNodeType() != Node.ELEMENT_NODE) {
                    next = next.getNextSibling();
                }
                assertTrue(next == null || "ul".equals(next.getLocalName()), file.toString());
            }
        }
    }

    /** Buttons beside each other lie over each other in a table of Jenkins, unless they are in a row. */
    @Test
    void everyTwoFormsAreInARow() throws Exception {
        for (Path file : files(RESOURCES, "index.jelly")) {
            for (Element form : elements(parse(Files.readString(file)), element -> is(element, "form"))) {
                Element parent = (Element) form.getParentNode();
                assertTrue(
                        parent.getElementsByTagName("form").getLength() == 1
                                || parent.getAttribute("class").equals("jenkins-buttons-row"),
                        file.toString());
            }
        }
    }

    /** Escaped by default, and nothing that a Content Security Policy stops. */
    @Test
    void everyPageIsWellFormedAndEscapedAndWithoutScript() throws Exception {
        for (Path file : files(RESOURCES, ".jelly")) {
            String text = Files.readString(file);
            assertTrue(text.startsWith("<?jelly escape-by-default='true'?>\n"), file.toString());
            List<Element> forbidden = elements(parse(text), element -> {
                boolean found = is(element, "script") || is(element, "out");
                for (int i = 0; i < element.getAttributes().getLength(); i++) {
                    String name = element.getAttributes().item(i).getNodeName();
                    String value = element.getAttributes().item(i).getNodeValue();
                    found |= name.matches("on[a-z]+|style") || value.startsWith("javascript:");
                }
                return found;
            });
            assertEquals(List.of(), forbidden, file.toString());
        }
    }

    /** English text stands for itself; names of texts, and texts with arguments, are in the file beside. */
    @Test
    void everyTextOfAPageExistsAndIsUsed() throws Exception {
        for (Path file : files(RESOURCES, ".jelly")) {
            Set<String> needed = new TreeSet<>();
            Matcher text = TEXT.matcher(Files.readString(file));
            while (text.find()) {
                if (text.group(2) != null || Character.isLowerCase(text.group(1).charAt(0))) {
                    needed.add(text.group(1));
                }
            }
            Path properties = Path.of(file.toString().replace(".jelly", ".properties"));
            assertEquals(needed, Files.exists(properties) ? keys(properties) : Set.of(), file.toString());
        }
    }

    /** The other way round, a text without a key, does not compile. */
    @Test
    void everyMessageIsUsed() throws Exception {
        for (Path file : files(RESOURCES, "Messages.properties")) {
            StringBuilder code = new StringBuilder();
            Path folder = SOURCES.resolve(RESOURCES.relativize(file.getParent()));
            for (Path source : files(folder, ".java")) {
                code.append(Files.readString(source));
            }
            for (String key : keys(file)) {
                String name = key.replace('.', '_') + "(";
                assertTrue(
                        code.indexOf("Messages." + name) > 0 || code.indexOf("Messages._" + name) > 0, file + ": " + key);
            }
        }
    }

    /** All texts are patterns of MessageFormat, where a single apostrophe swallows what follows. */
    @Test
    void everyApostropheIsTwo() throws Exception {
        for (Path file : files(RESOURCES, ".properties")) {
            for (String line : Files.readAllLines(file)) {
                assertFalse(line.replace("''", "").contains("'"), file + ": " + line);
            }
        }
    }

    private static Set<String> keys(Path file) throws IOException {
        Set<String> keys = new TreeSet<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                assertTrue(keys.add(line.substring(0, line.indexOf('='))), file + " has this twice: " + line);
            }
        }
        return keys;
    }

    /** What is not in the index is silently not there. */
    @Test
    void everyExtensionIsInTheIndex() throws Exception {
        Set<String> indexed = new TreeSet<>();
        for (IndexItem<Extension, Object> item : Index.load(Extension.class, Object.class, getClass().getClassLoader())) {
            indexed.add(item.className());
            assertEquals(null, item.memberName(), item.className());
        }
        Set<String> annotated = new TreeSet<>();
        for (Class<?> type : classes()) {
            if (type.isAnnotationPresent(Extension.class)) {
                annotated.add(type.getName());
            }
        }
        assertFalse(annotated.isEmpty());
        assertEquals(annotated, indexed);
    }

    @Test
    void initializersTerminatorsAndSymbolsAreInTheIndex() throws Exception {
        assertEquals(holders(type -> type.isAnnotationPresent(Symbol.class)), index("org.jenkinsci.Symbol"));
        assertEquals(holders(type -> has(type, Initializer.class)), index("hudson.init.Initializer"));
        assertEquals(holders(type -> has(type, Terminator.class)), index("hudson.init.Terminator"));
    }

    private static boolean has(Class<?> type, Class<? extends java.lang.annotation.Annotation> annotation) {
        return Arrays.stream(type.getDeclaredMethods())
                .map(AnnotatedElement.class::cast)
                .anyMatch(method -> method.isAnnotationPresent(annotation));
    }

    private static Set<String> holders(Predicate<Class<?>> which) throws Exception {
        Set<String> names = new TreeSet<>();
        classes().stream().filter(which).forEach(type -> names.add(type.getName()));
        assertFalse(names.isEmpty());
        return names;
    }

    private Set<String> index(String annotation) throws Exception {
        try (var stream = getClass().getResourceAsStream("/META-INF/annotations/" + annotation)) {
            return new TreeSet<>(new String(stream.readAllBytes()).lines().toList());
        }
    }

    /** Who reads the form finds each of its fields in the documentation. */
    @Test
    void theDocumentationNamesEachFieldAsTheFormDoes() throws Exception {
        String page = Files.readString(Path.of("../../docs/jenkins.md"));
        Pattern label = Pattern.compile("title=\"\\$\\{%([^}]*)\\}\" field=|field=\"[^\"]*\">\\s*<f:checkbox title=\"\\$\\{%([^}]*)\\}\"");
        int count = 0;
        for (String form : List.of("JiraSite", "JiraSendConfiguration")) {
            String text = Files.readString(RESOURCES.resolve("io/jenkins/plugins/jirasend/config/" + form + "/config.jelly"));
            Matcher matcher = label.matcher(text);
            while (matcher.find()) {
                String words = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
                assertTrue(words.equals("Jira sites") || page.contains(words), "docs/jenkins.md has no \"" + words + "\"");
                count++;
            }
        }
        assertTrue(count >= 24, count + " fields");
    }

    /** A box that is off where its parameter is on when it is left out makes the snippet generator say the opposite. */
    @Test
    void boxesAreOnWhereTheirParametersAre() throws Exception {
        Pattern box = Pattern.compile("<f:entry [^>]*field=\"(\\w+)\"[^>]*>\\s*<f:checkbox [^>]*default=\"true\"");
        Set<String> on = new TreeSet<>();
        for (Path file : files(RESOURCES, "config.jelly")) {
            Matcher matcher = box.matcher(Files.readString(file));
            while (matcher.find()) {
                on.add(file.getParent().getFileName() + "." + matcher.group(1));
            }
        }
        assertEquals(Set.of("JiraSite.sendEmails", "SendFeatureFlagInfoStep.enabled", "WaitForGateStep.cancelOnAbort"), on);
    }
}
