"""A proxy for a test: CONNECT alone, with a user and a password."""

import base64
import select
import socket
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        verb, target, _ = self.rfile.readline().decode().split(" ", 2)
        headers = {}
        while (line := self.rfile.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        self.server.asked.append((verb, target))
        if headers.get("proxy-authorization") != self.server.login:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                             b"Proxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n")
        elif verb != "CONNECT":
            self.wfile.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        else:
            host, _, port = target.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), 30) as there:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.server.open.add(self.connection)
                try:
                    self.pass_on(there)
                except OSError:
                    pass  # one of them has gone
                finally:
                    self.server.open.discard(self.connection)

    def pass_on(self, there):
        ends = {self.connection: there, there: self.connection}
        while True:
            ready, _, _ = select.select(list(ends), [], [], 60)
            for end in ready:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)
            if not ready:
                return


class _Server(socketserver.ThreadingTCPServer):
    block_on_close = False
    daemon_threads = True
    allow_reuse_address = True


class Proxy:
    """with Proxy("user", "password") as proxy: ... proxy.asked holds (method, host:port)."""

    def __init__(self, user, password):
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.asked = []
        self.server.open = set()
        self.server.login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def asked(self):
        return list(self.server.asked)

    @property
    def tunnels(self):
        """How many are open now."""
        return len(self.server.open)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.server.open):
            connection.shutdown(socket.SHUT_RDWR)
        self.thread.join()
