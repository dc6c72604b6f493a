"""A Jira that misbehaves byte by byte: a raw server whose every answer a test may write itself.

    with ScriptedJira() as jira:
        jira.script("/bulk", answer(503), then_well=True)

Whatever is not scripted is answered as Jira does. Answers are bytes, or functions that get the
open connection and the request, so that a test may send slowly, stop in the middle, or never end.
"""

import json
import re
import socket
import ssl
import struct
import threading
import time

CLOSE = object()  # returned by a function: close the connection now


def answer(status, body=b"", headers=(), length=True):
    """The bytes of an answer. `headers`: pairs."""
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Scripted"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def reset(connection):
    """Ends a connection with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Request:
    def __init__(self, method, path, headers, body, connection_number):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.connection_number = connection_number
        self.at = time.monotonic()

    def json(self):
        return json.loads(self.body)

    def items(self):
        """The builds or deployments of a bulk request."""
        body = self.json()
        return body.get("builds") or body.get("deployments") or []


def key_of(item):
    """How Jira names an item of a bulk request in its answer."""
    if "buildNumber" in item:
        return {"pipelineId": item["pipelineId"], "buildNumber": item["buildNumber"]}
    return {"pipelineId": item["pipeline"]["id"], "environmentId": item["environment"]["id"],
            "deploymentSequenceNumber": item["deploymentSequenceNumber"]}


def bulk_body(request, rejected=(), omitted=(), unknown=()):
    """202's body: everything is accepted but the numbers named."""
    kind = "Builds" if "builds" in request.json() else "Deployments"
    keys = [key_of(item) for item in request.items()]

    def number(key):
        return key.get("buildNumber", key.get("deploymentSequenceNumber"))
    return json.dumps({
        f"accepted{kind}": [k for k in keys if number(k) not in (*rejected, *omitted)],
        f"rejected{kind}": [{"key": k, "errors": [{"message": "No such thing"}]}
                            for k in keys if number(k) in rejected],
        "unknownIssueKeys": list(unknown)})


class ScriptedJira:
    def __init__(self, host="127.0.0.1", context=None, name=None):
        self.context = context
        self.requests = []
        self.connections = 0
        self.cloud_id = "cloud-1"
        self.lifetime = 900
        self.token = "token-of-the-scripted-jira"
        self._rules = []
        self._lock = threading.Lock()
        self._open = set()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, 0))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        shown = name or (f"[{host}]" if ":" in host else host)
        self.url = f"{'https' if context else 'http'}://{shown}:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.close()
                except OSError:
                    pass
        self._thread.join(10)

    def script(self, part, *answers, body_part=None, then_well=False):
        """Answers for requests whose path holds `part`, one after the other; the last for ever."""
        with self._lock:
            self._rules.append([part, body_part, list(answers), then_well])

    def clear(self):
        with self._lock:
            self._rules.clear()
            self.requests.clear()

    def asked(self, part):
        with self._lock:
            return [request for request in self.requests if part in request.path]

    # ---- serving ----

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(connection)
            while True:
                request = self._read(connection, number)
                if request is None:
                    break
                said = self._choose(request)
                if callable(said):
                    if said(connection, request) is CLOSE:
                        break
                else:
                    connection.sendall(said)
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            try:
                connection.close()
            except OSError:
                pass

    def _read(self, connection, number):
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return None
            data += part
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip()
                   for name, value in (line.split(":", 1) for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            part = connection.recv(65536)
            if not part:
                return None
            body += part
        request = Request(method, path, headers, body, number)
        with self._lock:
            self.requests.append(request)
        return request

    def _choose(self, request):
        with self._lock:
            for rule in self._rules:
                part, body_part, answers, then_well = rule
                fits = part in request.path and (body_part is None or body_part in request.body)
                if not fits or not answers:
                    continue
                return answers.pop(0) if len(answers) > 1 or then_well else answers[0]
        return self.well(request)

    def well(self, request):
        """What Jira says when all is well."""
        if "/oauth/token" in request.path:
            return answer(200, json.dumps({"access_token": self.token,
                                           "expires_in": self.lifetime}))
        if "/_edge/tenant_info" in request.path:
            return answer(200, json.dumps({"cloudId": self.cloud_id}))
        if re.search(r"/jira/\w+/0\.1/cloud/[^/]+/bulk", request.path):
            return answer(202, bulk_body(request))
        return answer(404, "{}")


def server_context(certificate, key=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
