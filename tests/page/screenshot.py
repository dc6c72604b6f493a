"""Pictures of the page for the documents: screenshot.py URL|--demo FOLDER, see script/screenshot."""

import os
import subprocess
import sys

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from browser import Browser
from events import branch, commit, flag, pull, repository
from page_sandbox import PageSandbox

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")

# name, view, colour scheme, what to do on the page first
PICTURES = [
    ("sandbox.png", "issues", "light", ""),
    ("sandbox-dark.png", "issues", "dark", "document.querySelectorAll('.row-key')[1].click()"),
    ("sandbox-releases.png", "releases", "light", ""),
    ("sandbox-requests.png", "requests", "light", "document.querySelector('#panel-requests details').open = true"),
]


def recent():
    """The example week, moved so that it ends a few minutes ago."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "examples", "make-events"), "--today",
                           os.path.join(ROOT, "examples", "events.jsonl")], capture_output=True, text=True, check=True)
    return done.stdout.splitlines(keepends=True)


def development(sandbox):
    """Branches, commits, pull requests and a flag of issues that the week names last."""
    links = ["SHOP-434", "SHOP-433"]
    texts = ["SHOP-434 Dates in the time zone of the shop", "SHOP-434 Empty answer after midnight", "SHOP-433 Remember the chosen warehouse"]
    commits = [commit(0x5e1f3a70 + number, [text.split()[0]], minutes_ago=6 + 41 * number, message=text) for number, text in enumerate(texts)]
    branches = [branch("bugfix/SHOP-434-empty-answer", links[:1], commits[0])]
    pulls = [pull(61, links[:1], minutes_ago=5, title="SHOP-434 Empty answer after midnight", sourceBranch="bugfix/SHOP-434-empty-answer"),
             pull(58, links[1:], "MERGED", 3000, title="SHOP-433 Remember the chosen warehouse", sourceBranch="feature/SHOP-433-remember")]
    sandbox.post("devinfo", repository(commits=commits, branches=branches, pullRequests=pulls))
    sandbox.post("featureflags", {"flags": [dict(flag("shop-dates", links), displayName="Dates of the shop")]})


def take(url, folder, arrive=None):
    browser = Browser()
    try:
        wait = WebDriverWait(browser.driver, 30)
        browser.scheme("light", reduced_motion=True)
        browser.driver.get(url)
        wait.until(
            lambda driver: driver.find_element(By.ID, "live").text.strip() == "Live"
            and driver.find_elements(By.CSS_SELECTOR, ".row"),
            "the page shows no events")
        if arrive is not None:
            before = browser.driver.find_element(By.ID, "latest").text
            arrive()
            wait.until(lambda driver: driver.find_element(By.ID, "latest").text != before,
                       "the last event does not appear")
        for name, view, scheme, prepare in PICTURES:
            browser.scheme(scheme, reduced_motion=True)
            browser.driver.find_element(By.ID, f"tab-{view}").click()
            if view == "requests":
                wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "#panel-requests details"), "no requests")
            browser.driver.execute_script(prepare + "; document.activeElement.blur()")
            path = os.path.join(folder, name)
            browser.driver.save_screenshot(path)
            print(f"screenshot: {path}, {os.path.getsize(path) // 1024} KiB")
    finally:
        browser.close()


def take_relay(folder):
    """The relay's delivery page: something held, something rejected."""
    from relay import Relay, build, caller, deployment
    from selenium.webdriver.common.keys import Keys
    sandbox = PageSandbox()
    relay = Relay(sandbox, callers=[caller(pipelines=["shop/**"]), caller("ops", "token-of-ops", pipelines=None, admin=True)])
    browser = Browser()
    try:
        sandbox.faults({"path": "/builds", "status": 400, "body": {"errors": [{"message": "The display name of the pipeline is missing."}]}})
        relay.post(build(211, issueKeys=["SHOP-431"], pipelineId="shop/checkout"), query="?wait=20")
        sandbox.clear_faults()
        sandbox.faults({"path": "/deployments", "status": 403, "body": {}, "count": 20})
        relay.post(deployment(96, issueKeys=["SHOP-434"], pipelineId="shop/stock"),
                   deployment(97, "staging-eu", issueKeys=["SHOP-433"], pipelineId="shop/stock"), query="?wait=10")
        wait = WebDriverWait(browser.driver, 30)
        browser.scheme("light", reduced_motion=True)
        browser.driver.get(relay.url)
        browser.driver.find_element(By.ID, "token").send_keys("token-of-ops" + Keys.ENTER)
        wait.until(lambda driver: driver.find_element(By.ID, "live").text.strip() == "Live")
        browser.driver.execute_script("document.querySelector('details').open = true; document.activeElement.blur()")
        path = os.path.join(folder, "relay.png")
        browser.driver.save_screenshot(path)
        print(f"screenshot: {path}, {os.path.getsize(path) // 1024} KiB")
    finally:
        browser.close()
        relay.close()
        sandbox.stop()


def main(source, folder):
    os.makedirs(folder, exist_ok=True)
    if source != "--demo":
        take(source, folder)
        return
    sandbox = PageSandbox()
    try:
        events = recent()
        development(sandbox)
        # The last one comes while the page is open, so that the picture shows what that looks like.
        sandbox.cli("send", "-", "--quiet", stdin="".join(events[:-1]))
        take(sandbox.url, folder, lambda: sandbox.cli("send", "-", "--quiet", stdin=events[-1]))
    finally:
        sandbox.stop()
    if "JIRASEND_RELAY_PROGRAM" in os.environ:
        take_relay(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
