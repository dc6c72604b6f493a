"""What jirasend.hpi holds: hpi_test.py HPI SOURCE_FOLDER."""

import io
import os
import pathlib
import re
import sys
import unittest
import zipfile

HPI, SOURCE = sys.argv[1:3]
PACKAGE = "io/jenkins/plugins/jirasend/"


def manifest(text):
    """The main attributes; a line that begins with a space goes on with the one before."""
    lines = text.replace("\r\n", "\n").replace("\n ", "").split("\n\n")[0].splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


class Hpi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hpi = zipfile.ZipFile(HPI)
        cls.jar = zipfile.ZipFile(io.BytesIO(cls.hpi.read("WEB-INF/lib/jirasend.jar")))
        cls.names = cls.jar.namelist()
        cls.outer = manifest(cls.hpi.read("META-INF/MANIFEST.MF").decode())

    def version(self):
        with open(os.path.join(SOURCE, "native/include/jirasend/version.h"), encoding="utf-8") as header:
            return re.search(r'JIRASEND_VERSION "([^"]+)"', header.read()).group(1)

    def test_it_holds_one_jar_and_nothing_of_jenkins(self):
        files = [name for name in self.hpi.namelist() if not name.endswith("/")]
        self.assertEqual(["META-INF/MANIFEST.MF", "WEB-INF/lib/jirasend.jar"], sorted(files))
        classes = [name for name in self.names if name.endswith(".class")]
        self.assertTrue(classes)
        self.assertEqual([], [name for name in classes if not name.startswith(PACKAGE)])

    def test_the_manifest_says_what_jenkins_asks_for(self):
        self.assertEqual("jirasend", self.outer["Short-Name"])
        self.assertTrue(self.outer["Long-Name"])
        self.assertEqual(self.version(), self.outer["Plugin-Version"])
        self.assertEqual("2.479.3", self.outer["Jenkins-Version"])
        self.assertEqual("17", self.outer["Minimum-Java-Version"])
        self.assertNotIn("${", str(self.outer))

    def test_who_and_where_are_in_it_when_somebody_said_so(self):
        homepage, maintainer = os.environ.get("JIRASEND_HOMEPAGE"), os.environ.get("JIRASEND_MAINTAINER")
        self.assertEqual(homepage or None, self.outer.get("Url"))
        named = re.fullmatch(r" *([^<]*[^< ]) *<([^>]*)> *", maintainer or "")
        self.assertEqual("::".join(named.groups()) if named else maintainer or None,
                         self.outer.get("Plugin-Developers"))

    def test_only_what_cannot_be_done_without_is_a_mandatory_dependency(self):
        mandatory, optional = set(), set()
        for entry in self.outer["Plugin-Dependencies"].split(","):
            name, _, rest = entry.partition(":")
            self.assertRegex(rest.partition(";")[0], r"^[0-9][0-9A-Za-z._-]*$")
            (optional if ";resolution:=optional" in rest else mandatory).add(name)
        self.assertEqual(
            {"structs", "workflow-step-api", "workflow-api", "credentials", "plain-credentials"}, mandatory
        )
        self.assertEqual({"scm-api", "git", "junit", "matrix-project"}, optional)

    def test_the_jar_looks_like_a_plugin_to_the_class_filter(self):
        inner = manifest(self.jar.read("META-INF/MANIFEST.MF").decode())
        self.assertEqual(self.outer, inner)

    def test_the_index_page_is_at_the_root_of_the_jar(self):
        self.assertIn("index.jelly", self.names)

    def test_extensions_initializers_and_symbols_are_indexed(self):
        for annotation, expected in (
            ("hudson.Extension.txt", "config.JiraSendConfiguration"),
            ("hudson.init.Initializer", "nativecore.LifeCycle"),
            ("hudson.init.Terminator", "nativecore.LifeCycle"),
            ("org.jenkinsci.Symbol", "config.JiraSendConfiguration"),
        ):
            index = self.jar.read("META-INF/annotations/" + annotation).decode()
            self.assertIn("io.jenkins.plugins.jirasend." + expected, index)
        self.assertIn("META-INF/annotations/hudson.Extension", self.names)

    def test_the_native_libraries_are_inside(self):
        missing = os.environ.get("JIRASEND_JNI_MISSING", "")
        platform = os.environ.get("JIRASEND_PLATFORM", "")
        if missing or not platform:
            self.skipTest("no native library is built here: " + missing)
        folder = pathlib.Path(os.environ["JIRASEND_PLUGIN_NATIVES"])
        collected = {path.relative_to(folder).as_posix(): path.read_bytes()
                     for path in folder.rglob("*") if path.is_file()}
        self.assertIn(f"{platform}/libjirasend_jni.so", collected)
        inside = {name[len("natives/"):]: self.jar.read(name) for name in self.names
                  if name.startswith("natives/") and not name.endswith("/")}
        self.assertEqual(collected.keys(), inside.keys())
        for name, content in collected.items():
            self.assertTrue(content == inside[name], name)
            if name.endswith(".so"):
                self.assertEqual(b"\x7fELF", content[:4], name)


if not os.path.exists(HPI):
    print("Skipped:", os.environ.get("JIRASEND_PLUGIN_MISSING") or "the plugin was not built.")
    sys.exit(77)
unittest.main(argv=sys.argv[:1])
