"""Pictures of the page for the documents: screenshot.py URL|--demo FOLDER, see script/screenshot."""

import datetime
import json
import os
import sys

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from browser import Browser
from sandbox import Sandbox

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "events.jsonl")

# name, address, colour scheme, what to do before: the script of the page, run in it
PICTURES = [
    ("sandbox.png", "#issues", "light", ""),
    ("sandbox-dark.png", "#issues", "dark", "document.querySelectorAll('.row-key')[1].click()"),
    ("sandbox-releases.png", "#releases", "light", ""),
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
    return "".join(json.dumps(event) + "\n" for event in events)


def take(url, folder):
    browser = Browser()
    try:
        for name, address, scheme, prepare in PICTURES:
            browser.scheme(scheme, reduced_motion=True)
            browser.driver.get("about:blank")
            browser.driver.get(f"{url.rstrip('/')}/{address}")
            WebDriverWait(browser.driver, 30).until(
                lambda driver: driver.find_element(By.ID, "live").text.strip() == "Live"
                and driver.find_elements(By.CSS_SELECTOR, ".row, .lane"),
                "the page shows no events")
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
    sandbox = Sandbox()
    try:
        with open(EXAMPLES, encoding="utf-8") as file:
            sandbox.cli("send", "-", "--quiet", stdin=recent(file))
        take(sandbox.url, folder)
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
