"""The history of an outbox on PostgreSQL answers as that of a folder does."""

import os
import unittest

from relay import TOKEN, Relay

from fleet_support import FleetTest, skipping_main

import cli_history_test  # of tests/integration, to which fleet_support leads
import cli_outboxes_test
import cli_verify_test


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

    @unittest.skipUnless("JIRASEND_RELAY_PROGRAM" in os.environ, "there is no relay")
    def test_what_a_relay_has_counts_when_jira_has_it(self):
        relay = Relay(self.sandbox)
        self.addCleanup(relay.close)
        for state in ("in_progress", "successful", "successful"):
            self.expect(0, "deployment", "--pipeline", "payments/app", "--number", "7", "--url", "https://ci.example.com",
                        "--environment", "prod", "--state", state, "--keys", "APP-1", "--wait", "20", *self.outbox,
                        env={"JIRASEND_RELAY": relay.url, "JIRASEND_RELAY_TOKEN": TOKEN, "JIRASEND_SITE": None,
                             "JIRASEND_CLIENT_ID": None, "JIRASEND_CLIENT_SECRET": None, "JIRASEND_API_URL": None})
        text = self.metrics()
        for state in ("in_progress", "successful"):
            self.assertIn(f'jirasend_deployments_total{{environment="prod",state="{state}"}} 1\n', text)


class Verify(OnDatabase, cli_verify_test.Verify):
    """Of a database, too; each of them says something else of the statements."""

    test_members = cli_verify_test.Compare.test_members
    test_what_is_gone = cli_verify_test.Compare.test_what_is_gone
    test_what_was_deleted_is_expected_to_be_gone = \
        cli_verify_test.Compare.test_what_was_deleted_is_expected_to_be_gone
    test_each_stream_once_and_a_repository_once = cli_verify_test.Compare.test_each_stream_once_and_a_repository_once
    test_it_is_told_again = cli_verify_test.Repair.test_it_is_told_again
    test_goes_on = cli_verify_test.Pace.test_goes_on

    def age(self):
        self.sql("UPDATE jirasend.receipt SET settled_at = settled_at - interval '2 minutes',"
                 " created_ms = created_ms - 120000")


class Verbs(FleetTest):
    """Every verb that asks: where there is nothing, no tables, and nobody."""

    def test_nothing(self):
        for verb, code in cli_outboxes_test.VERBS:
            with self.subTest(verb=verb):
                self.expect(code, *verb, "--outbox", self.outbox)

    def test_no_tables(self):
        self.server.database("bare", "owner")
        for verb, _ in cli_outboxes_test.VERBS:
            with self.subTest(verb=verb):
                self.expect(69, *verb, "--outbox", self.server.url("bare", "runtime"), says="migrate")

    def test_nobody(self):
        """Until --wait is over; what has no --wait takes 30 s."""
        for verb in (("verify",), ("explain", "APP-1"), ("show", *cli_outboxes_test.THING), ("outbox", "flush")):
            with self.subTest(verb=verb):
                self.expect(75, *verb, "--outbox", "postgresql://runtime@127.0.0.1:9/none", "--wait", "1")


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
