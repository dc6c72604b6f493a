"""ID tokens of a make-believe issuer, made with the openssl program: keys, signatures, an HTTP server."""

import base64
import hashlib
import hmac
import http.server
import json
import subprocess
import tempfile
import threading
import time


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Key:
    """An RSA or P-256 key pair."""

    def __init__(self, kid, kind="RSA", bits=2048):
        self.kid, self.kind = kid, kind
        self._file = tempfile.NamedTemporaryFile(suffix=".pem")
        arguments = (["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if kind == "RSA" else
                     ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"])
        openssl("genpkey", *arguments, "-out", self._file.name)
        self.path = self._file.name
        self.public_pem = openssl("pkey", "-in", self.path, "-pubout")

    def jwk(self, **members):
        if self.kind == "RSA":
            text = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip()
            n = bytes.fromhex(text.split("=")[1])
            key = {"kty": "RSA", "n": b64(n), "e": "AQAB"}
        else:
            der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
            size = {"P-256": 32, "P-384": 48}[self.kind]
            key = {"kty": "EC", "crv": self.kind, "x": b64(der[-2 * size:-size]), "y": b64(der[-size:])}
        key.update(kid=self.kid, **members)
        return {name: value for name, value in key.items() if value is not None}

    def sign(self, text, algorithm):
        if algorithm == "none":
            return b""
        if algorithm == "HS256":  # with what everybody knows, as if it were a secret
            return hmac.new(self.public_pem, text, hashlib.sha256).digest()
        options = []
        if algorithm == "PS256":
            options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
        hashed = "-sha512" if algorithm == "RS512" else "-sha256"
        signature = openssl("dgst", hashed, "-sign", self.path, *options, data=text)
        if algorithm == "ES256":
            return raw_signature(signature)
        return signature


def raw_signature(der):
    """The two numbers of a DER signature, 32 bytes each."""
    at, numbers = 2, []
    for _ in range(2):
        size = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big"))
        at += 2 + size
    return b"".join(numbers)


class Issuer:
    """An OpenID provider on loopback. `answers` overrides what a path gives: (status, headers, body)."""

    def __init__(self, *keys):
        self.keys = [key.jwk() for key in keys]
        self.answers = {}
        self.asked = []
        self.delay = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _handler(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                time.sleep(issuer.delay)
                status, headers, body = issuer.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass
        return Handler

    def answer(self, path):
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            body = {"issuer": self.url, "jwks_uri": self.url + "/keys"}
        elif path == "/keys":
            body = {"keys": self.keys}
        else:
            return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def claims(self, **changes):
        now = int(time.time())
        claims = {"iss": self.url, "aud": "https://relay.example.com", "sub": "project_path:shop/app",
                  "exp": now + 300, "nbf": now, "iat": now, "namespace_path": "shop",
                  "project_path": "shop/app", "environment": "prod-eu"}
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key, algorithm=None, header=None, raw_header=None, raw_claims=None, **changes):
        algorithm = algorithm or ("RS256" if key.kind == "RSA" else "ES256")
        head = {"alg": algorithm, "typ": "JWT", "kid": key.kid}
        head.update(header or {})
        head = {name: value for name, value in head.items() if value is not None}
        first = raw_header if raw_header is not None else json.dumps(head).encode()
        second = raw_claims if raw_claims is not None else json.dumps(self.claims(**changes)).encode()
        text = f"{b64(first)}.{b64(second)}"
        return text + "." + b64(key.sign(text.encode(), algorithm))


