"""What the command line does about an outbox in a database before it is reached."""

import os
import unittest

from cli_support import BUILD, CliTest

ADDRESS = "postgresql://jirasend@127.0.0.1:1/outbox"


class Databases(CliTest):
    needs_sandbox = False

    def build(self, code, *options, **more):
        return self.expect(code, *BUILD, "--keys", "APP-1", "--site", "acme.atlassian.net", "--wait", "0",
                           *options, **more)

    def test_an_address_that_cannot_be_used(self):
        for address, words in (("postgresql://h/d", "names no user"),
                               ("postgresql://u@h", "names no database"),
                               ("postgres://u@h/d", "must begin with postgresql://"),
                               ("postgresql://u@h/d?sslmode=require", "must be verify-full"),
                               ("postgresql://u@h/d?options=-c", "'options'"),
                               ("postgresql://u@h/d?schema=pg_x", "pg_")):
            for option in ("--outbox", "JIRASEND_OUTBOX"):
                given = ["--outbox", address] if option == "--outbox" else []
                env = {} if given else {option: address}
                self.build(64, *given, env=env, says=[words, option], cwd=self.folder)
                self.assertEqual(os.listdir(self.folder), [])

    def test_no_password_is_repeated(self):
        for address in ("postgresql://u:hunter2@h/d", "postgresql://u@h/d?password=hunter2",
                        "postgresql://u:hunter2@h:x/d", "postgresql://u:hun/hunter2@h/d"):
            done = self.build(64, "--outbox", address)
            self.assertNotIn("hunter2", done.out + done.err)

    def test_the_rules_of_a_secret_file(self):
        def password(code, content, says, mode=0o600):
            path = self.path("password", content, mode)
            self.build(code, "--outbox", ADDRESS, "--outbox-password-file", path, says=says)
            self.build(code, env={"JIRASEND_OUTBOX": ADDRESS, "JIRASEND_OUTBOX_PASSWORD_FILE": path},
                       says=says)

        password(64, "", "empty")
        password(64, "a\nb\n", "more than one line")
        password(64, "a\x01", "control character")
        password(64, b"\xff", "UTF-8")
        self.build(66, "--outbox", ADDRESS, "--outbox-password-file", self.folder + "/none",
                   says="cannot be opened")

    def test_it_is_for_a_database_alone(self):
        path = self.path("password", "x")
        self.build(64, "--outbox", self.folder + "/outbox", "--outbox-password-file", path,
                   says="postgresql://... only")
        self.build(64, "--outbox-password-file", path, says="postgresql://... only")
        # A variable that is there for other calls counts for nothing.
        self.build(0, "--outbox", self.folder + "/outbox",
                   env={"JIRASEND_OUTBOX_PASSWORD_FILE": self.folder + "/none"})

    def test_standard_input_is_one_thing(self):
        self.expect(64, "send", "-", "--outbox", ADDRESS, "--wait", "0", "--outbox-password-file", "-",
                    says="cannot also be the password")
        self.expect(64, *BUILD, "--outbox", ADDRESS, "--keys-from", "-", "--wait", "0",
                    "--outbox-password-file", "-", says="cannot also be the password")

    def test_a_password_does_not_belong_into_a_settings_file(self):
        settings = self.path("settings", "JIRASEND_OUTBOX_PASSWORD=hunter2\n")
        done = self.build(64, "--settings", settings, says="JIRASEND_OUTBOX_PASSWORD_FILE")
        self.assertNotIn("hunter2", done.err)

    def test_a_settings_file_names_both(self):
        settings = self.path("settings", f"JIRASEND_OUTBOX={ADDRESS}\n"
                                         f"JIRASEND_OUTBOX_PASSWORD_FILE={self.folder}/none\n")
        self.build(66, "--settings", settings, says=self.folder + "/none")

    def test_the_command_of_run_gets_the_variables_of_libpq(self):
        done = self.run_cli("run", "--pipeline", "p", "--number", "1", "--url", "https://ci.example/1",
                            "--site", "acme.atlassian.net", "--keys", "APP-1", "--wait", "0",
                            "--outbox", self.folder + "/outbox", "--",
                            "sh", "-c", "echo $PGHOST $PGSERVICE",
                            env={"PGHOST": "elsewhere", "PGSERVICE": "prod"})
        self.assertEqual((done.code, done.out), (0, "elsewhere prod\n"), done.err)


if __name__ == "__main__":
    unittest.main()
