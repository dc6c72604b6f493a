"""A relay, or a CI that gives ID tokens, that answers what a test says: by a script, else as a good one."""

import http.server
import json
import threading


class Asked:
    """One request."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.bearer = headers.get("Authorization", "").removeprefix("Bearer ")

    def documents(self):
        return [json.loads(line) for line in self.body.splitlines()]


class FakeRelay:
    """`script` holds answers (status, headers, body) or functions of the request that give one, in turn;
    None is the good answer. When it is used up, `always` goes on."""

    def __init__(self, *script, always=None):
        self.script, self.always = list(script), always
        self.asked = []
        self.lock = threading.Lock()
        self.ids = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def posts(self):
        return [one for one in self.asked if one.method == "POST"]

    def id_of(self, request_id):
        return self.ids.setdefault(request_id, len(self.ids) + 1001)

    def good(self, asked):
        if asked.method != "POST":
            identity = int(asked.path.split("?")[0].rsplit("/", 1)[-1]) if "receipts" in asked.path else 0
            return 200, {}, json.dumps({"id": identity, "status": "accepted", "name": "fake",
                                        "message": "Jira has it.", "site": "acme.test",
                                        "issueKeys": ["APP-1"], "httpStatus": 202})
        lines = [{"index": index, "id": self.id_of(document["requestId"]), "status": "queued"}
                 for index, document in enumerate(asked.documents())]
        return 200, {"Content-Type": "application/x-ndjson"}, "".join(json.dumps(line) + "\n" for line in lines)

    def answer(self, asked):
        with self.lock:
            self.asked.append(asked)
            wanted = self.script.pop(0) if self.script else self.always
            if callable(wanted):
                wanted = wanted(asked)
            return wanted or self.good(asked)

    def _handler(self):
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                status, headers, text = relay.answer(Asked(self.command, self.path, self.headers, body))
                data = text.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass
        return Handler
