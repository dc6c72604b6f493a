"""The relay's delivery page in a browser: by mouse and keyboard, live, wide and narrow, light and dark."""

import importlib.resources
import os
import sys
import time
import unittest

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.ui import WebDriverWait

from browser import Browser
from page_sandbox import PageSandbox

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))

from relay import Relay, build, caller, deployment  # noqa: E402

OPS = "token-of-ops"
WAIT = 20
NO = {"path": "/builds", "status": 400, "body": {"errors": [{"message": "no such pipeline"}]}}

@unittest.skipUnless(os.environ.get("JIRASEND_RELAY_PROGRAM"), "jirasend-relay is not built")
class RelayPageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = PageSandbox("--known-keys", "APP-*")
        cls.addClassCleanup(cls.sandbox.stop)
        cls.relay = Relay(cls.sandbox, callers=[caller(), caller("ops", OPS, pipelines=None, admin=True)])
        cls.addClassCleanup(cls.relay.close)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.driver = cls.browser.driver
        cls.number = 0

    def setUp(self):
        self.browser.size(1280, 800)
        self.browser.scheme("light")
        self.sandbox.clear_faults()
        self.driver.get(self.relay.url + "/")
        self.driver.delete_all_cookies()
        self.driver.get(self.relay.url + "/")
        self.browser.console()

    def tearDown(self):
        said = [line for line in self.browser.console() if "Password forms should have" not in line]  # a hint for shops
        self.assertEqual(said, [], "the console stays empty: the policy forbids nothing we use")

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.driver.execute_script(
            "return document.querySelector(arguments[0])?.innerText?.trim() ?? null", selector)

    def until(self, condition, what):
        WebDriverWait(self.driver, WAIT, 0.05).until(lambda _: condition(), f"timed out: {what}")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def log_in(self):
        self.one("#token").send_keys(OPS)
        self.press(Keys.ENTER)
        self.until(lambda: self.text("#live") == "Live", "the page goes live")

    def rejected(self):
        """The id of a new dead letter."""
        self.sandbox.faults(NO)
        type(self).number += 1
        line = self.relay.post(build(self.number, description="Nightly"), query="?wait=30").lines()[0]
        self.assertEqual(line["status"], "rejected", line)
        self.sandbox.clear_faults()
        return line["id"]

    def test_log_in_and_out(self):
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "token")
        self.one("#token").send_keys("wrong")
        self.press(Keys.ENTER)
        self.until(lambda: self.text("[role=alert]") == "This is not an admin's token.", "it is refused")
        self.browser.console()  # tells of the 401
        self.log_in()
        cookie = self.driver.get_cookie("jirasend-relay")
        self.assertTrue(cookie["httpOnly"])
        self.assertEqual(cookie["sameSite"], "Strict")
        self.assertEqual(self.driver.execute_script("return document.cookie"), "")
        self.one("#logout-").click()
        self.until(lambda: self.driver.find_elements(By.ID, "token"), "the log-in is shown again")
        self.driver.add_cookie(cookie)
        self.driver.get(self.relay.url + "/")
        self.assertTrue(self.driver.find_elements(By.ID, "token"), "the old cookie is good for nothing")

    def test_news_appear_and_are_dropped(self):
        self.log_in()
        self.driver.execute_script("window.notReloaded = true")
        id = self.rejected()
        self.until(lambda: self.text(f"#event-{id}") is not None, "the dead letter appears without a reload")
        self.assertTrue(self.driver.execute_script("return window.notReloaded"))
        self.assertIn("no such pipeline", self.text(f"#event-{id}"))
        self.one(f"#document-{id} summary").click()
        self.assertIn('"description"', self.text(f"#document-{id} pre"))
        other = self.rejected()
        self.until(lambda: self.text(f"#event-{other}") is not None, "another one appears")
        self.assertIn('"description"', self.text(f"#document-{id} pre"), "what is open stays open")
        self.assertEqual(self.driver.execute_script("return document.activeElement.parentElement.id"),
                         f"document-{id}", "and keeps the focus")
        self.one(f"#more-{id} summary").click()
        self.one(f"#drop-{id}").click()
        self.until(lambda: self.text(f"#event-{id}") is None, "it is gone")
        self.one(f"#retry-{other}").click()
        self.until(lambda: self.text(f"#event-{other}") is None, "it is sent")
        self.assertTrue(any(item["buildNumber"] == self.number for item in self.sandbox.items()))

    def test_keyboard_alone(self):
        id = self.rejected()
        self.log_in()
        seen = []
        for _ in range(60):
            self.press(Keys.TAB)
            seen.append(self.driver.execute_script(
                "return document.activeElement.id || document.activeElement.innerText.trim()"))
            if seen[-1] == f"retry-{id}":
                break
        self.assertEqual(seen[0], "Skip to the content")
        for wanted in ("logout-", "Delivery", "History", "pause-", f"retry-{id}"):
            self.assertIn(wanted, seen)
        self.press(Keys.ENTER)
        self.until(lambda: self.text(f"#event-{id}") is None, "Enter tries it again")

    def test_pause(self):
        self.log_in()
        self.one("#pause-").click()
        self.until(lambda: "Sending is paused" in (self.text("#pause") or ""), "it says so")
        line = self.relay.post(build(900)).lines()[0]
        self.until(lambda: self.text(f"#event-{line['id']}") is not None, "what comes waits")
        self.one("#resume-").click()
        self.until(lambda: self.text(f"#event-{line['id']}") is None, "and goes on")

    def test_history(self):
        self.relay.post(build(901, issueKeys=["APP-901"]), deployment(901, issueKeys=["APP-901"]), query="?wait=30")
        self.log_in()
        self.driver.find_element(By.LINK_TEXT, "History").click()
        self.one("input[name=key]").send_keys("app-901")
        self.press(Keys.ENTER)
        self.until(lambda: "APP-901" in (self.text("main table") or ""), "the events of the issue are shown")
        self.driver.find_element(By.LINK_TEXT, "APP-901").click()
        self.until(lambda: "given" in (self.text("main table") or ""), "and where the key was found")

    def test_wide_and_narrow_light_and_dark(self):
        axe = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        id = self.rejected()
        self.relay.post(build(902, pipelineId="payments/" + "long-name-" * 12), query="?wait=30")
        self.log_in()
        for query in ("", "?view=history", "?view=explain&key=APP-1", "?view=diff", f"?view=event&id={id}"):
            for scheme in ("light", "dark"):
                for width in (1600, 1280, 800, 360):
                    self.browser.size(width, 900)
                    self.browser.scheme(scheme)
                    self.driver.get(f"{self.relay.url}/{query}")
                    wide = self.driver.execute_script(
                        "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                    self.assertLessEqual(wide, 0, f"{query} {width} scrolls to the side")
                self.driver.execute_script(axe)
                result = self.driver.execute_async_script("const [done] = arguments; axe.run().then(done);")
                self.assertEqual([f"{one['id']}: {one['help']} {[node['html'][:120] for node in one['nodes']][:3]}"
                                  for one in result["violations"]], [], f"{query} {scheme}")

    def test_nothing_comes_from_elsewhere(self):
        self.log_in()
        names = self.driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
        self.assertTrue(names)
        self.assertEqual([name for name in names if not name.startswith(self.relay.url + "/")], [])
        self.driver.execute_script("""const script = document.createElement('script');
            script.textContent = 'window.injected = true'; document.body.append(script);""")
        time.sleep(0.2)
        self.assertIsNone(self.driver.execute_script("return window.injected ?? null"))
        self.assertTrue(any("Content Security Policy" in line for line in self.browser.console()))

    def test_heard(self):
        """Names and landmarks for those who do not see the page."""
        id = self.rejected()
        self.log_in()
        self.assertEqual(self.one(f"#retry-{id}").accessible_name, f"Try event {id} again")
        for role, selector in (("banner", "header"), ("main", "main"), ("navigation", "nav")):
            self.assertEqual(self.one(selector).aria_role, role)
        self.assertEqual(self.one(".tabs a[aria-current=page]").text, "Delivery")
        for table in self.driver.find_elements(By.CSS_SELECTOR, "main table"):
            self.assertTrue(table.find_elements(By.CSS_SELECTOR, "th[scope=col]"))
        self.assertEqual(self.one("#live").get_attribute("role"), "status")


if __name__ == "__main__":
    unittest.main()
