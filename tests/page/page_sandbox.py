"""A sandbox for the tests of its page: what is sent to it is expected to arrive."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))

from sandbox import Sandbox  # noqa: E402


class PageSandbox(Sandbox):
    def cli(self, *arguments, **options):
        done = super().cli(*arguments, **options)
        if done.returncode != 0:
            raise AssertionError(f"jirasend {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done

    def post(self, kind, body):
        """Sends to the API what the command line would never send, and refuses a partial success."""
        answer = self.api("POST", f"{kind}/bulk", body)
        if answer.status != 202:
            raise AssertionError(f"the sandbox answered {answer.status}: {answer.body.decode()}")
        for name, value in answer.json().items():
            if name.startswith(("rejected", "failed")) and value:
                raise AssertionError(f"the sandbox rejected {value}")
