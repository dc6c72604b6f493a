"""The history of an outbox on PostgreSQL answers as that of a folder does."""

import unittest

from fleet_support import FleetTest, skipping_main

import cli_history_test  # of tests/integration, to which fleet_support leads


class OnDatabase(FleetTest):
    """The cases of a folder, over a database. They give the outbox as an option."""

    log = cli_history_test.History.log

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.outbox)


class Explain(OnDatabase, cli_history_test.History):
    test_what_was_deleted = cli_history_test.Explain.test_what_was_deleted
    test_where_and_why_not = cli_history_test.Explain.test_where_and_why_not


class Diff(OnDatabase, cli_history_test.Diff):
    pass


class Metrics(OnDatabase, cli_history_test.Metrics):
    metrics = cli_history_test.Metrics.metrics
    test_textfile = None  # of a folder


class SinceLast(OnDatabase, cli_history_test.SinceLast):
    def test_the_password_comes_from_standard_input(self):
        """The outbox is opened twice; standard input can be read once."""
        first, second = self.commit("APP-1"), self.commit("APP-2")
        with open(self.server.password_file("runtime"), encoding="utf-8") as file:
            password = file.read()
        for number, commit, keys in ((1, first, ["APP-1"]), (2, second, ["APP-2"])):
            done = self.expect(0, "deployment", "--pipeline", "p", "--number", str(number), "--url",
                               "https://ci.example.com/1", "--state", "successful", "--environment", "prod", "--commit",
                               commit, "--since-last", "--repository", "https://git.example.com/a", "--json",
                               "--outbox-password-file", "-", *self.outbox, stdin=password, cwd=self.repository,
                               env={"JIRASEND_OUTBOX_PASSWORD_FILE": None})
            self.assertEqual(done.receipt()["issueKeys"], keys)


class RepositoryId(OnDatabase, cli_history_test.RepositoryId):
    test_run_starts_whatever_the_outbox_is = None  # of a folder


if __name__ == "__main__":
    skipping_main(unittest.main)
