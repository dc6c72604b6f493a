"""What others check of our documents: the OpenAPI page, the Kubernetes manifest, the snippets of docs/relay.md.

Run by the Python of script/venv, which has the validators.
"""

import json
import pathlib
import re
import subprocess
import os
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MANIFEST = ROOT / "examples" / "server" / "relay-kubernetes.yaml"


class DocumentsTest(unittest.TestCase):
    def test_openapi(self):
        import openapi_spec_validator
        page = json.loads((ROOT / "native" / "relay" / "routes" / "openapi.json").read_text(encoding="utf-8"))
        openapi_spec_validator.validate(page)

    def test_kubernetes(self):
        import kubernetes_validate
        parts = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
        self.assertEqual([part["kind"] for part in parts], ["ConfigMap", "Service", "StatefulSet"])
        for part in parts:
            kubernetes_validate.validate(part, "1.31", strict=True)
        broken = json.loads(json.dumps(parts[2]))
        broken["spec"]["replicas"] = "one"
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, "1.31", strict=True)

    def check(self, text):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("jira-secret", "ghes-hook"):
                path = pathlib.Path(folder, name)
                path.write_text("secret", encoding="utf-8")
                path.chmod(0o600)
            for place in ("/etc/jirasend/", "/run/secrets/jirasend/"):
                text = text.replace(place, folder + "/")
            text = re.sub(r"(?m)^tls: .*$", "", text).replace("0.0.0.0", "127.0.0.1")
            text = re.sub(r"\"[0-9a-f]{0,8}…\"", '"' + "8f" * 32 + '"', text)
            config = pathlib.Path(folder, "relay.yaml")
            config.write_text(text, encoding="utf-8")
            done = subprocess.run([os.environ["JIRASEND_RELAY_PROGRAM"], "--config", config, "--check-config"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_configurations_are_read(self):
        """Those of the manifest, of the example, and of docs/relay.md."""
        parts = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
        self.check(parts[0]["data"]["relay.yaml"])
        self.check((ROOT / "examples" / "server" / "relay.yaml").read_text(encoding="utf-8"))
        page = (ROOT / "docs" / "relay.md").read_text(encoding="utf-8")
        whole = re.search(r"(?m)^       listen: (?:.*\n)(?:^       .*\n)+", page).group(0)
        whole = re.sub(r"(?m)^       ", "", whole)
        self.check(whole)
        for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", page):
            if block.startswith(("callers:", "hooks:")):
                self.check(re.sub(r"(?ms)^callers:.*", "", whole) + block)


if __name__ == "__main__":
    unittest.main()
