"""A Jira that takes everything it is told, from memory: what is measured beside it is the sender."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn(ThreadingHTTPServer):
    """Keeps the bodies while `keeps` is true."""

    daemon_threads = True

    def __init__(self, keeps=False):
        super().__init__(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.bodies = []
        self.keeps = keeps
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def variables(self):
        return {"JIRASEND_SITE": self.url, "JIRASEND_API_URL": self.url,
                "JIRASEND_CLIENT_ID": "id", "JIRASEND_CLIENT_SECRET": "secret"}

    def answer(self, path, body):
        if path == "/oauth/token":
            return 200, b'{"access_token":"token","expires_in":900}'
        if path == "/_edge/tenant_info":
            return 200, b'{"cloudId":"cloud-1"}'
        if not path.endswith("/bulk"):
            return 404, b"{}"
        if self.keeps:
            self.bodies.append(body)
        return 202, accepted_commits(body) if "/devinfo/" in path else accepted_builds(body)


def accepted_builds(body):
    builds = re.findall(rb'"pipelineId":("[^"]*"),"buildNumber":(\d+)', body)
    return b'{"acceptedBuilds":[%s]}' % b",".join(
        b'{"pipelineId":%s,"buildNumber":%s}' % build for build in builds)


def accepted_commits(body):
    repository = re.search(rb'"id":"([^"]*~2F[^"]*)"', body)
    commits = b",".join(re.findall(rb'"id":("[0-9a-f]{40}")', body))
    return b'{"acceptedDevinfoEntities":{"%s":{"commits":[%s]}}}' % (repository[1], commits)


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, text = self.server.answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = reply

    def log_message(self, *_):
        pass
