"""Pictures of the page for the documents: screenshot.py URL|--demo FOLDER, see script/screenshot."""

import datetime
import json
import os
import sys

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from browser import Browser
from page_sandbox import PageSandbox

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "events.jsonl")

# name, view, colour scheme, what to do on the page first
PICTURES = [
    ("sandbox.png", "issues", "light", ""),
    ("sandbox-dark.png", "issues", "dark", "document.querySelectorAll('.row-key')[1].click()"),
    ("sandbox-releases.png", "releases", "light", ""),
]


def recent(lines):
    """The example week, moved so that it ends a few minutes ago."""
    events = [json.loads(line) for line in lines if line.strip()]

    def moment(event):
        return datetime.datetime.fromisoformat(event["updatedAt"].replace("Z", "+00:00"))

    end = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=4)
    shift = end - max(moment(event) for event in events if "updatedAt" in event)
    for event in events:
        if "updatedAt" in event:
            event["updatedAt"] = (moment(event) + shift).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [json.dumps(event) + "\n" for event in events]


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
            browser.driver.execute_script(prepare + "; document.activeElement.blur()")
            path = os.path.join(folder, name)
            browser.driver.save_screenshot(path)
            print(f"screenshot: {path}, {os.path.getsize(path) // 1024} KiB")
    finally:
        browser.close()


def main(source, folder):
    os.makedirs(folder, exist_ok=True)
    if source != "--demo":
        take(source, folder)
        return
    sandbox = PageSandbox()
    try:
        with open(EXAMPLES, encoding="utf-8") as file:
            events = recent(file)
        # The last one comes while the page is open, so that the picture shows what that looks like.
        sandbox.cli("send", "-", "--quiet", stdin="".join(events[:-1]))
        take(sandbox.url, folder, lambda: sandbox.cli("send", "-", "--quiet", stdin=events[-1]))
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
