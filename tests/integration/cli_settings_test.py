"""The settings file: what our variables would say, in lines."""

import unittest

from cli_support import BUILD, CliTest

KEYS = ("--keys", "APP-1")


class Settings(CliTest):
    def settings(self, *lines, line_end="\n"):
        return self.path("settings", line_end.join(lines) + line_end)

    def test_a_file_is_all_that_is_needed(self):
        secret = self.path("secret", "s3cret-of-the-cli-test\n")
        file = self.settings("# Jira", "", f"JIRASEND_SITE={self.sandbox.url}",
                             f"JIRASEND_API_URL={self.sandbox.url}", "JIRASEND_CLIENT_ID=cli-test",
                             f"JIRASEND_CLIENT_SECRET_FILE={secret}", line_end="\r\n")
        nothing = {name: None for name in ("JIRASEND_SITE", "JIRASEND_API_URL", "JIRASEND_CLIENT_ID",
                                           "JIRASEND_CLIENT_SECRET")}
        self.expect(0, *BUILD, *KEYS, "--settings", file, env=nothing, says="accepted")
        self.expect(0, *BUILD, *KEYS, env={**nothing, "JIRASEND_SETTINGS": file}, says="accepted")
        self.expect(64, *BUILD, *KEYS, env=nothing, says="--site")

    def test_variables_beat_the_file(self):
        wrong = self.path("wrong", "not the secret\n")
        file = self.settings("JIRASEND_SITE=https://127.0.0.1:1", f"JIRASEND_CLIENT_SECRET_FILE={wrong}")
        self.expect(0, *BUILD, *KEYS, "--settings", file, says="accepted")

    def test_options_beat_variables(self):
        file = self.settings("JIRASEND_SITE=https://127.0.0.1:1")
        self.expect(0, *BUILD, *KEYS, "--settings", file, "--site", self.sandbox.url,
                    env={"JIRASEND_SITE": "https://127.0.0.1:2"})

    def test_an_empty_name_of_a_file_is_none(self):
        self.expect(0, *BUILD, *KEYS, "--settings", "")
        self.expect(0, *BUILD, *KEYS, env={"JIRASEND_SETTINGS": ""})

    def test_a_file_that_is_not_there(self):
        for arguments, env in ((("--settings", "/nowhere/settings"), {}),
                               ((), {"JIRASEND_SETTINGS": "/nowhere/settings"})):
            self.expect(66, *BUILD, *KEYS, *arguments, env=env, says="/nowhere/settings")
        self.expect(66, "keys", "--settings", self.folder, says="folder")

    def test_what_does_not_belong_in_it(self):
        file = self.settings("# x", "PATH=/bin")
        self.expect(64, *BUILD, *KEYS, "--settings", file, says=[file, "line 2", "'PATH'"])
        file = self.settings("JIRASEND_SIET=acme.atlassian.net")
        self.expect(64, *BUILD, *KEYS, "--settings", file, says=["line 1", "JIRASEND_SITE?"])
        file = self.settings("", "", "JIRASEND_CLIENT_SECRET=hunter2")
        done = self.expect(64, *BUILD, *KEYS, "--settings", file,
                           says=["line 3", "JIRASEND_CLIENT_SECRET_FILE"])
        self.assertNotIn("hunter2", done.err)

    def test_a_bad_value_is_named_with_its_line(self):
        file = self.settings("", "JIRASEND_SITE=a b")
        self.expect(64, *BUILD, *KEYS, "--settings", file, env={"JIRASEND_SITE": None},
                    says=["JIRASEND_SITE", file, "line 2"])


if __name__ == "__main__":
    unittest.main()
