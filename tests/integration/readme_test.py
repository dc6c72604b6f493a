"""The README's commands, run as a new user runs them."""

import json
import os
import re
import subprocess
import tarfile
import unittest

from cli_support import SECRET, TIMEOUT, CliTest

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
ORDER = ["Install", "Connect", "First build", "In CI", "In Jenkins", "In C", "Platforms", "Compared with others",
         "How fast it is", "More"]


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def version():
    return re.search(r'JIRASEND_VERSION "(.*)"', read("native", "include", "jirasend", "version.h")).group(1)


def sections():
    """{heading: text} of the README."""
    parts = re.split(r"^## (.*)\n", read("README.md"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def blocks(text):
    """The indented blocks of a section: commands, or a snippet of another language."""
    found, lines = [], []
    for line in [*text.splitlines(), "end"]:
        # Below a point of a list a block is seven in.
        code = re.match(r"( {7}| {4})(.*)", line)
        if code and not re.match(r"\s*[-*] ", line):
            lines.append(code.group(2))
        elif lines and line.strip():
            found.append("\n".join(lines))
            lines = []
    return found


class Readme(CliTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        os.symlink(os.path.abspath(os.environ["JIRASEND_CLI"]), self.path("bin/jirasend"))
        self.variables = {"HOME": self.folder, "PATH": self.path("bin") + os.pathsep + os.environ["PATH"],
                          "GIT_CONFIG_NOSYSTEM": "1"}

    def shell(self, commands, **variables):
        done = subprocess.run(["bash", "-eu", "-c", commands], cwd=self.folder, capture_output=True, text=True,
                              env=self.environment(**{**self.variables, **variables}), timeout=TIMEOUT,
                              check=False)
        self.assertEqual(done.returncode, 0, f"{commands}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def test_order(self):
        self.assertEqual(list(sections()), ORDER)
        first = read("README.md").partition("## ")[0]
        self.assertRegex(first, r"(?s)\A# jirasend\n\n[^\n].*?\n\n!\[", "a sentence, then a picture")

    def test_one_line_installs_the_static_program(self):
        line = next(block for block in blocks(sections()["Install"]) if "tar -xzf" in block)
        self.assertNotIn("\n", line)
        name = f"jirasend-{version()}-linux-{os.uname().machine}"
        with tarfile.open(self.path(f"{name}.tar.gz"), "w:gz") as archive:
            archive.add(os.environ["JIRASEND_CLI"], f"{name}/bin/jirasend")
        said = self.shell(f"{line} && command -v jirasend && jirasend --version", PATH=os.environ["PATH"])
        self.assertIn(f"{self.folder}/.local/bin/jirasend\njirasend {version()}", said)

    def test_names_of_files_have_this_version(self):
        self.assertEqual(set(re.findall(r"jirasend[-_](\d[\d.]*\d)", read("README.md"))), {version()})

    def test_from_source_builds_what_is_installed_and_no_more(self):
        """Tests, and a libcurl of our own for the plugin, take most of the time and help nobody who installs."""
        commands = next(block for block in blocks(sections()["Install"]) if "script/bootstrap --install" in block)
        preset = re.search(r"script/build ([a-z]+)\n", commands).group(1)
        self.assertIn(f"cmake --install build/{preset} --prefix ~/.local", commands)
        presets = {one["name"]: one for one in json.loads(read("CMakePresets.json"))["configurePresets"]}
        variables = presets[preset]["cacheVariables"]
        self.assertEqual((variables["JIRASEND_TESTS"], variables["JIRASEND_JNI"]), ("OFF", "OFF"))
        self.assertEqual(presets[preset]["inherits"], "release")
        done = subprocess.run(["script/build", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=True)
        self.assertIn(f" {preset},", done.stdout)

    def test_scripts_are_there(self):
        for name in set(re.findall(r"script/[a-z-]+", read("README.md"))):
            self.assertTrue(os.access(os.path.join(ROOT, name), os.X_OK), name)

    def test_from_connecting_to_the_first_build(self):
        connect, first = sections()["Connect"], sections()["First build"]
        commands = "\n".join([*blocks(connect), *blocks(first)])
        commands = commands.replace("acme.atlassian.net", self.sandbox.url).replace("the-client-id", "cli-test")
        commands = commands.replace("jirasend check", f"printf %s {SECRET} >~/jira-secret\njirasend check")
        self.shell(commands, JIRASEND_CLIENT_SECRET=None, JIRASEND_SITE=None, JIRASEND_CLIENT_ID=None)
        build, = self.sandbox.items("builds")
        self.assertEqual((build["state"], build["associations"][0]["values"]), ("successful", ["APP-123"]))

    def test_in_ci(self):
        commands, = blocks(sections()["In CI"])
        self.shell("git init -q . && git -c user.name=t -c user.email=t@example.com commit -q --allow-empty -m 'APP-2 mend'")
        for name in ("bin/make", "deploy"):
            self.path(name, "#!/bin/sh\n", 0o755)
        self.shell(commands, GITLAB_CI="true", CI_PROJECT_PATH="team/app", CI_PIPELINE_IID="7",
                   CI_PIPELINE_URL="https://gl/team/app/-/pipelines/9000", CI_COMMIT_REF_NAME="APP-1-x",
                   CI_COMMIT_BRANCH="APP-1-x", CI_PROJECT_URL="https://gl/team/app")
        *_, build = self.sandbox.items("builds")  # the beginning may have been told, too
        self.assertEqual(build["state"], "successful")
        self.assertEqual(sorted(build["associations"][0]["values"]), ["APP-1", "APP-2"])
        *_, deployment = self.sandbox.items("deployments")
        self.assertEqual((deployment["state"], deployment["environment"]["type"]), ("successful", "production"))

    def test_in_jenkins(self):
        """Each step stands in an example, which the tests of the plugin run."""
        folder = os.path.join(ROOT, "examples", "jenkins")
        examples = "".join(read("examples", "jenkins", name) for name in os.listdir(folder))
        for step in blocks(sections()["In Jenkins"])[0].splitlines():
            self.assertIn(step.split(" ")[0].rstrip("()"), examples)

    def test_in_c(self):
        """Each function is one of the headers'; docs/c.md holds a snippet that is compiled."""
        folder = os.path.join(ROOT, "native", "include", "jirasend")
        headers = "".join(read("native", "include", "jirasend", name) for name in os.listdir(folder))
        for function in re.findall(r"jirasend_[a-z_]+(?=\()", sections()["In C"]):
            self.assertIn(f"{function}(", headers)


if __name__ == "__main__":
    unittest.main()
