"""Certificates for the tests, right and wrong ones."""

import os
import subprocess

from scripted_jira import server_context


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **options)


class Certificates:
    """An authority of the test's own, and what it signs."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = self.at("ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-subj", "/CN=test authority", "-days", "30", "-keyout",
                self.at("ca.key"), "-out", self.ca)

    def at(self, name):
        return os.path.join(self.folder, name)

    def make(self, name, hosts="IP:127.0.0.1,IP:::1,DNS:localhost", days=30, own=False,
             extra=""):
        key, request, out = self.at(name + ".key"), self.at(name + ".csr"), self.at(name + ".pem")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=jira", "-keyout", key, "-out", request)
        extensions = self.at(name + ".ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={hosts}\n{extra}")
        signer = ["-signkey", key] if own else ["-CA", self.ca, "-CAkey", self.at("ca.key"),
                                                "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, *signer, "-days", str(days), "-extfile",
                extensions, "-out", out)
        return server_context(out, key)
