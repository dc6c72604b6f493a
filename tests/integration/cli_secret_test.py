"""Where the client secret may come from, and who else may read it."""

import os
import subprocess
import tempfile
import unittest

from cli_support import SECRET, CliTest


class Secrets(CliTest):
    def setUp(self):
        super().setUp()
        # A folder that others can reach: the usual scratch folder is closed to them.
        open_folder = tempfile.TemporaryDirectory(prefix="jirasend-test-")
        self.addCleanup(open_folder.cleanup)
        os.chmod(open_folder.name, 0o755)
        self.open_folder = open_folder.name
        parent = os.path.dirname(os.path.realpath(open_folder.name))
        while parent != "/":
            if not os.stat(parent).st_mode & 0o001:
                self.open_folder = None
            parent = os.path.dirname(parent)

    def secret_file(self, content=SECRET, mode=0o600, shared=False):
        if shared and not self.open_folder:
            self.skipTest("the folder for scratch files is closed to others")
        path = os.path.join(self.open_folder if shared else self.folder, "secret")
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def check(self, code, *options, says=None, stdin=b"", **variables):
        variables = {"JIRASEND_CLIENT_SECRET": None, **variables}
        return self.expect(code, "check", *options, env=variables, stdin=stdin, says=says)

    def test_ways(self):
        path = self.secret_file()
        self.check(0, "--secret-file", path)
        self.check(0, JIRASEND_CLIENT_SECRET_FILE=path)
        self.check(0, JIRASEND_CLIENT_SECRET=SECRET)
        self.check(0, "--secret-file", "-", stdin=SECRET)
        self.check(0, JIRASEND_CLIENT_SECRET_FILE="-", stdin=SECRET + "\n")

    def test_order(self):
        good, bad = self.secret_file(), self.path("bad", "wrong")
        self.check(0, "--secret-file", good, JIRASEND_CLIENT_SECRET_FILE=bad,
                   JIRASEND_CLIENT_SECRET="wrong")
        self.check(0, JIRASEND_CLIENT_SECRET_FILE=good, JIRASEND_CLIENT_SECRET="wrong")
        self.check(77, "--secret-file", bad, JIRASEND_CLIENT_SECRET=SECRET)

    def test_one_line_break_at_the_end(self):
        for end in ("", "\n", "\r\n"):
            self.check(0, "--secret-file", self.secret_file(SECRET + end))
        self.check(64, "--secret-file", self.secret_file(SECRET + "\n\n"), says="more than one")
        self.check(64, "--secret-file", self.secret_file("\n" + SECRET), says="more than one")
        self.check(64, "--secret-file", self.secret_file(SECRET + "\x01"), says="control")
        self.check(64, "--secret-file", self.secret_file(SECRET + "\x00"), says="control")
        self.check(64, "--secret-file", self.secret_file(b"\xff\xfe"), says="UTF-8")

    def test_a_byte_order_mark_is_no_part_of_it(self):
        """Editors on Windows put it in front, and Jira would only say 401."""
        mark = b"\xef\xbb\xbf"
        for end in (b"", b"\n", b"\r\n"):
            self.check(0, "--secret-file", self.secret_file(mark + SECRET.encode() + end))
        self.check(0, "--secret-file", "-", stdin=mark + SECRET.encode() + b"\n")
        self.check(0, JIRASEND_CLIENT_SECRET="\ufeff" + SECRET)
        self.check(64, "--secret-file", self.secret_file(mark), says="empty")
        self.check(64, "--secret-file", self.secret_file(SECRET.encode("utf-16")), says="control")

    def test_empty(self):
        self.check(64, "--secret-file", self.secret_file(""), says="empty")
        self.check(64, "--secret-file", self.secret_file("\n"), says="empty")
        self.check(64, "--secret-file", "-", says="empty")
        self.check(64, JIRASEND_CLIENT_SECRET="", says="no client secret")
        self.check(64, "--secret-file", self.secret_file("x" * 70000), says="longer")

    def test_missing(self):
        self.check(66, "--secret-file", self.path("none"), says="none")
        self.check(66, "--secret-file", self.folder, says="cannot be read")
        self.check(66, JIRASEND_CLIENT_SECRET_FILE=self.path("none"),
                   says="JIRASEND_CLIENT_SECRET_FILE")

    def test_world_readable(self):
        path = self.secret_file(mode=0o644, shared=True)
        self.check(77, "--secret-file", path, says=["chmod 600", "--secret-file -", path])
        self.check(77, JIRASEND_CLIENT_SECRET_FILE=path, says="chmod")
        self.secret_file(mode=0o602, shared=True)
        self.check(77, "--secret-file", path, says=["chmod", "changed by everybody"])

    def test_closed_standard_input(self):
        done = subprocess.run(
            ["sh", "-c", 'exec "$JIRASEND_CLI" check --secret-file - <&-'], env={
                **self.environment(JIRASEND_CLIENT_SECRET=None),
                "JIRASEND_CLI": os.environ["JIRASEND_CLI"]},
            capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 66)
        self.assertIn(b"Standard input is closed", done.stderr)

    def test_a_link_does_not_hide_it(self):
        path = self.secret_file(mode=0o644, shared=True)
        link = self.path("link")
        os.symlink(path, link)
        self.check(77, "--secret-file", link, says="chmod")

    def test_group_readable(self):
        done = self.check(0, "--secret-file", self.secret_file(mode=0o640, shared=True))
        self.assertNotIn("Warning", done.err)

    def test_only_a_warning(self):
        path = self.secret_file(mode=0o644, shared=True)
        done = self.check(0, "--secret-file", path, GITLAB_CI="true", says="Warning")
        done = self.check(0, "--secret-file", path, "--quiet", GITLAB_CI="true")
        self.assertEqual(done.err, "")
        os.chmod(self.open_folder, 0o750)
        self.check(0, "--secret-file", path, says="Warning")

    @unittest.skipUnless(os.path.isdir("/run/secrets"), "there is no /run/secrets to climb out of")
    def test_a_name_that_climbs_out_of_the_provided_ones(self):
        path = self.secret_file(mode=0o644, shared=True)
        self.check(77, "--secret-file", "/run/secrets/../.." + os.path.realpath(path), says="chmod")

    def test_a_pipe_has_no_mode_to_check(self):
        read, write = os.pipe()
        os.write(write, SECRET.encode())
        os.close(write)
        done = subprocess.run(
            [os.environ["JIRASEND_CLI"], "check", "--secret-file", f"/dev/fd/{read}"],
            pass_fds=(read,), env=self.environment(JIRASEND_CLIENT_SECRET=None),
            capture_output=True, timeout=60, check=False)
        os.close(read)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_wrong_secret(self):
        done = self.check(77, JIRASEND_CLIENT_SECRET="hunter2")
        self.assertNotIn("hunter2", done.err + done.out)

    def test_the_environment_does_not_keep_it(self):
        self.sandbox.faults(path="/oauth/token", delayMs=3000)
        process = self.start("check", "--wait", "20")
        while not self.sandbox.log("tenant_info") and process.poll() is None:
            pass
        with open(f"/proc/{process.pid}/environ", "rb") as file:
            environment = file.read()
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            environment += file.read()
        self.assertIn(b"JIRASEND_CLIENT_ID", environment)
        self.assertNotIn(SECRET.encode(), environment)
        self.assertEqual(process.wait(30), 0)

    def test_dry_run_needs_none(self):
        self.expect(0, "build", "--pipeline", "p", "--number", "1", "--url", "https://x",
                    "--state", "failed", "--dry-run", "--secret-file", self.path("none"),
                    env={"JIRASEND_CLIENT_SECRET": None, "JIRASEND_CLIENT_ID": None})


if __name__ == "__main__":
    unittest.main()
