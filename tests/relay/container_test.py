"""The image of examples/server/Containerfile without an engine that builds one: its own commands make the folder
from the program that is built here, and nothing but that folder is there when it runs."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from relay import Relay, build
from sandbox import Sandbox

RECIPE = pathlib.Path(__file__).resolve().parents[2] / "examples/server/Containerfile"
PROGRAM = os.environ["JIRASEND_RELAY_PROGRAM"]
ROOT = os.geteuid() == 0


def commands(image):
    """What the recipe does behind the build, in this folder; only root can give files away."""
    text = re.sub(r"^ *#.*\n", "", RECIPE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    run = re.search(r"^RUN (cmake .*?[^\\])$", text, re.MULTILINE | re.DOTALL)[1].replace("\\\n", " ")
    steps = [step.strip() for step in run.split("&&")]
    kept = [step for step in steps if "cmake" not in step and (ROOT or not step.startswith("chown"))]
    assert len(steps) - len(kept) == (3 if ROOT else 4), steps
    return " && ".join(kept).replace("/image", image)


def inside(image, *command):
    user = re.search(r"^USER (\d+:\d+)$", RECIPE.read_text(encoding="utf-8"), re.MULTILINE)[1]
    enter = ["chroot", f"--userspec={user}", "--groups="] if ROOT else ["unshare", "--user", "--map-root-user", "chroot"]
    return [*enter, image, *command]


class Contained(Relay):
    """With its files in the image, under the names that it sees there."""

    def __init__(self, image, sandbox):
        self.image = image
        super().__init__(sandbox, folder=os.path.join(image, "etc/jirasend"), outbox="/var/lib/jirasend")

    def write(self, **members):
        entry = self.site_entry(secretFile="/etc/jirasend/jira-secret")
        super().write(sites=[entry], **members)

    def command(self, *arguments):
        named = [argument.replace(self.folder, "/etc/jirasend") for argument in arguments]
        for name in os.listdir(self.folder):
            os.chmod(os.path.join(self.folder, name), 0o644 if name == "relay.yaml" else 0o640)
            if ROOT:
                os.chown(os.path.join(self.folder, name), 10001, 10001)
        return inside(self.image, "/usr/bin/jirasend-relay", "--config", "/etc/jirasend/relay.yaml", *named)


class ContainerTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="jirasend-image-")
        self.addCleanup(scratch.cleanup)
        os.chmod(scratch.name, 0o755)
        self.image = os.path.join(scratch.name, "image")
        os.makedirs(os.path.join(self.image, "usr/bin"))
        shutil.copy(PROGRAM, os.path.join(self.image, "usr/bin/jirasend-relay"))
        if shutil.which("strip"):
            subprocess.run(["strip", os.path.join(self.image, "usr/bin/jirasend-relay")], check=True)
        subprocess.run(["bash", "-euc", commands(self.image)], check=True)
        os.makedirs(os.path.join(self.image, "etc/jirasend"))
        if ROOT:
            os.chown(os.path.join(self.image, "etc/jirasend"), 10001, 10001)
        elif subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True, check=False).returncode:
            self.skipTest("neither root nor user namespaces")

    def test_image(self):
        done = subprocess.run(inside(self.image, "/usr/bin/jirasend-relay", "--version"), capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.image) for name in names]
        other = [name for name in files if ".so" not in name and not name.endswith(("/jirasend-relay",
                                                                                    "/ca-certificates.crt"))]
        self.assertEqual(other, [], "no shell, nothing else")
        with Sandbox() as sandbox:
            with Contained(self.image, sandbox) as relay:
                self.assertEqual(relay.post(build(), query="?wait=30").lines()[0]["status"], "accepted")
                relay.restart()
                self.assertEqual(relay.get("/v1/receipts/1").json()["status"], "accepted")
                with open(f"/proc/{relay.process.pid}/status", encoding="utf-8") as status:
                    user = re.search(r"^Uid:\s+(\d+)", status.read(), re.MULTILINE)[1]
                self.assertEqual(user, "10001" if ROOT else str(os.geteuid()))
                self.assertEqual(relay.stop(), 0)


if __name__ == "__main__":
    unittest.main()
