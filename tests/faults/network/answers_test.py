"""Answers that are slow, endless, cut off or not HTTP: an error in time, in little memory, never `accepted`."""

import concurrent.futures
import json
import os
import re
import time
import zlib

from cli_support import event
from fault_support import KEYED, FaultTest, main
from scripted_jira import CLOSE, answer, bulk_body, reset

# A client that keeps what it is sent would need far more; one without trouble needs about 15 MiB.
MEMORY_MAX_KIB = int(os.environ.get("JIRASEND_TEST_MEMORY_KIB", 64 * 1024))
SANITIZED = "JIRASEND_TEST_CLOCK" not in os.environ

PATHS = ("/oauth/token", "/_edge/tenant_info", "/bulk")


def repeat(*pieces, pause=0.0):
    """Sends the first piece once and the last for ever, until the other side has enough."""
    def run(connection, _):
        for piece in pieces[:-1]:
            connection.sendall(piece)
        while True:
            connection.sendall(pieces[-1])
            time.sleep(pause)
    return run


def drip(data, pause):
    def run(connection, _):
        for at in range(len(data)):
            connection.sendall(data[at:at + 1])
            time.sleep(pause)
    return run


class Endless(FaultTest):
    def peak(self, codes, *arguments):
        """Runs it; the most memory it had, in KiB, read while it runs."""
        process = self.start(*arguments)
        most = 0
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                found = re.search(r"VmHWM:\s*(\d+)", file.read())
            most = max(most, int(found[1]) if found else 0)
            time.sleep(0.01)
        self.assertIn(process.returncode, codes, process.stderr.read())
        self.assertGreater(most, 0)
        return most

    def endless(self, said, codes=(75,)):
        for path in PATHS:
            with self.subTest(path=path):
                self.jira.clear()
                self.jira.script(path, said)
                start = time.monotonic()
                used = self.peak(codes, *KEYED, "--wait", "1")
                self.assertLess(time.monotonic() - start, 20)
                if not SANITIZED:
                    self.assertLess(used, MEMORY_MAX_KIB)

    def test_bodies(self):
        big = b"x" * 65536
        self.endless(repeat(answer(202, length=False), big))
        self.endless(repeat(answer(200, headers=[("Content-Length", 1 << 50)], length=False), big))
        self.endless(repeat(answer(202, headers=[("Transfer-Encoding", "chunked")], length=False),
                            b"10000\r\n" + big + b"\r\n"))

    def test_headers(self):
        line = b"X-Filler: " + b"y" * 5000 + b"\r\n"
        self.endless(repeat(b"HTTP/1.1 202 Accepted\r\n", line))
        self.endless(repeat(b"HTTP/1.1 202 Accepted\r\nX-Long: ", b"z" * 65536))
        self.endless(repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100))
        self.endless(repeat(answer(202, headers=[("Transfer-Encoding", "chunked")], length=False),
                            b"0\r\n", line))  # trailers

    def test_a_megabyte_of_headers(self):
        many = [(f"X-{n}", "v" * 1000) for n in range(1000)]
        one = [("X-One", "v" * 1000000)]
        for headers in (many, one):
            self.jira.clear()
            self.jira.script("/bulk", answer(500, "", headers))
            self.fast(15, 75, *KEYED, "--wait", "1")

    def test_many_small_headers_are_fine(self):
        def busy(connection, request):
            headers = [(f"X-{n}", "v" * 100) for n in range(500)]
            connection.sendall(answer(202, bulk_body(request), headers))
        self.jira.script("/bulk", busy)
        self.expect(0, *KEYED)

    def test_our_own_bound_of_headers(self):
        """256 KiB. Newer libcurls have a bound of 300 KB themselves, older ones keep all that comes."""
        for size, code in ((240, 0), (280, 75)):
            self.jira.clear()

            def say(connection, request, size=size):
                headers = [(f"X-{n}", "v" * 1000) for n in range(size)]
                connection.sendall(answer(202, bulk_body(request), headers))
            self.jira.script("/bulk", say)
            self.fast(15, code, *KEYED, "--wait", "2" if code == 0 else "0.5")

    def test_bombs(self):
        packer = zlib.compressobj(9, wbits=31)  # 200 KiB that become 200 MiB
        bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(200)) + packer.flush()
        # 77: what is there is no cloud id
        self.endless(answer(200, bomb, [("Content-Encoding", "gzip")]), (75, 77))
        self.endless(answer(202, b"%x\r\n%b\r\n0\r\n\r\n" % (len(bomb), bomb),
                            [("Transfer-Encoding", "gzip, chunked")], length=False), (75, 77))


class Slow(FaultTest):
    def test_drips(self):
        for path in PATHS:
            self.jira.clear()
            self.jira.script(path, drip(answer(202, "{}" + " " * 1000), 0.05))
            done = self.fast(8, 75, *KEYED, "--wait", "1")
            self.assertIn("no answer yet", done.err)

    def test_silence(self):
        for path in PATHS:
            self.jira.clear()
            self.jira.script(path, lambda *_: time.sleep(20) or CLOSE)
            done = self.fast(8, 75, *KEYED, "--wait", "1")
            self.assertIn("no answer yet", done.err)
            self.fast(8, 0, *KEYED, "--wait", "1", "--outbox", self.box + path.replace("/", "_"))

    def test_what_was_called_lost_is_not_sent_afterwards(self):
        """The time is over while Jira asks for patience: nothing goes out after that."""
        def late_token(connection, request):
            time.sleep(1.3)
            connection.sendall(self.jira.well(request))
        self.jira.script("/oauth/token", late_token)
        self.expect(75, *KEYED, "--wait", "1", says="not sent")
        time.sleep(1)
        self.assertEqual(self.bulks(), [])

    def test_the_end_is_near_when_the_time_is_over(self):
        """--wait bounds the whole run: no grace period is added for what is lost anyway."""
        self.jira.script("/bulk", lambda *_: time.sleep(20) or CLOSE)
        took = []
        for wait in (0.5, 2.5):
            start = time.monotonic()
            self.expect(75, *KEYED, "--wait", str(wait))
            took.append(time.monotonic() - start - wait)
        self.assertLess(min(took), 0.9, took)


class CutOff(FaultTest):
    """The connection ends after each single byte of the answer. The first lines of all answers are
    alike, so where it is not said otherwise every third byte will do."""

    def cut(self, path, whole, ending, first=0, step=1):
        def one(length):
            jira = type(self.jira)()
            try:
                def say(connection, request):
                    connection.sendall(whole(request)[:length])
                    return ending(connection)
                jira.script(path, say)
                done = self.run_cli(*KEYED, "--wait", "0.15", env={
                    "JIRASEND_SITE": jira.url, "JIRASEND_API_URL": jira.url})
                return length, done
            finally:
                jira.stop()
        size = self.size_of(path, whole)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for length, done in pool.map(one, range(first, size, step)):
                self.assertEqual(done.code, 75, f"{path} after {length} bytes: {done.err}")
                self.assertNotIn("accepted", done.err)

    def size_of(self, path, whole):
        self.expect(0, *KEYED)
        return len(whole(self.jira.asked(path)[0]))

    def rst(self, connection):
        reset(connection)
        return CLOSE

    def test_reset_token(self):
        self.cut("/oauth/token", self.jira.well, self.rst, 0, 3)

    def test_reset_site(self):
        self.cut("/_edge/tenant_info", self.jira.well, self.rst, 1, 3)

    def test_reset_bulk(self):
        self.cut("/bulk", self.jira.well, self.rst)

    def test_end_token(self):
        self.cut("/oauth/token", self.jira.well, lambda _: CLOSE, 2, 3)

    def test_end_site(self):
        self.cut("/_edge/tenant_info", self.jira.well, lambda _: CLOSE)

    def test_end_bulk(self):
        self.cut("/bulk", self.jira.well, lambda _: CLOSE, 1, 3)

    def test_end_bulk_without_a_length(self):
        def whole(request):
            return answer(202, bulk_body(request), length=False)
        whole_head = len(answer(202, length=False))
        self.cut("/bulk", whole, lambda _: CLOSE, whole_head, 2)


class Odd(FaultTest):
    def test_not_http(self):
        for said in (b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"<html>no</html>", b"\x00" * 64,
                     b"\x16\x03\x01\x00\x02\x02\x28", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/9.9 202 x\r\n\r\n",
                     b"HTTP/1.1 -1 x\r\n\r\n", b"HTTP/1.1 99999 x\r\nContent-Length: 0\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                     b"HTTP/1.1 202 x\r\nContent-Length: -5\r\n\r\n",
                     b"HTTP/1.1 202 x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
                     b"HTTP/1.1 202 x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
                     b"HTTP/1.1 202 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                     b"HTTP/1.1 202 x\r\nX: \x00\x01\r\nContent-Length: 2\r\n\r\n{}"):
            with self.subTest(said=said):
                self.jira.clear()

                def say(connection, _, said=said):
                    connection.sendall(said)
                    return CLOSE
                self.jira.script("/bulk", say)
                self.fast(10, 75, *KEYED, "--wait", "0.3")

    def test_interim_answers(self):
        def say(connection, request):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"
                               b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" +
                               self.jira.well(request))
        for path in PATHS:
            self.jira.script(path, say)
        self.expect(0, *KEYED)

    def test_http_1_0_and_no_length(self):
        def say(connection, request):
            body = self.jira.well(request).split(b"\r\n\r\n", 1)
            status = body[0].split(b" ")[1]
            connection.sendall(b"HTTP/1.0 " + status + b" OK\r\n\r\n" + body[1])
            return CLOSE
        for path in PATHS:
            self.jira.script(path, say)
        self.expect(0, *KEYED)

    def test_no_cookies(self):
        def say(connection, request):
            connection.sendall(answer(503, "", [("Set-Cookie", "a=b; Path=/")]))
        self.jira.script("/bulk", say, then_well=True)
        self.expect(0, *KEYED, "--wait", "20")
        self.assertEqual([r for r in self.jira.requests if "cookie" in r.headers], [])


class KeepAlive(FaultTest):
    """One process with a pause between two events, in which the kept connection dies."""

    def two_events(self, between):
        process = self.start("send", "-", "--wait", "20", "--json", stdin=-1)
        process.stdin.write(event(1).encode() + b"\n")
        process.stdin.flush()
        end = time.monotonic() + 20
        while not self.bulks() and time.monotonic() < end:
            time.sleep(0.01)
        between()
        out, err = process.communicate(event(2).encode() + b"\n", timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual([json.loads(line)["status"] for line in out.splitlines()],
                         ["accepted", "accepted"])

    def test_it_is_kept(self):
        self.two_events(lambda: time.sleep(0.2))
        self.assertLessEqual(self.jira.connections, 2)  # token and cloud id were asked side by side

    def test_closed_while_idle(self):
        def then_close(connection, request):
            connection.sendall(self.jira.well(request))
            return CLOSE
        for path in PATHS:
            self.jira.script(path, then_close)
        self.two_events(lambda: time.sleep(0.2))
        self.assertEqual(len(self.bulks()), 2)  # a dead connection costs no attempt

    def test_reset_while_idle(self):
        def then_reset(connection, request):
            connection.sendall(self.jira.well(request))
            time.sleep(0.1)  # after the answer was read
            reset(connection)
            return CLOSE
        self.jira.script("/bulk", then_reset)
        self.two_events(lambda: time.sleep(0.4))
        self.assertEqual(len(self.bulks()), 2)

    def test_closed_on_the_next_request(self):
        """The usual race: the server gives the connection up just as the next request comes."""
        first = []

        def once(connection, request):
            if not first:
                first.append(request.connection_number)
                connection.sendall(self.jira.well(request))
            elif request.connection_number == first[0]:
                return CLOSE
            else:
                connection.sendall(self.jira.well(request))
            return None
        self.jira.script("/bulk", once)
        self.two_events(lambda: time.sleep(0.2))


if __name__ == "__main__":
    main()
