"""The pages in a browser: at three widths, light and dark, and what their scripts do."""

import os
import shutil
import sys
import time
import unittest

from world import Case, PASSWORD, ROOT, SITE, configure, has_plugin, jenkins, jira, pipeline, site

sys.path.append(os.path.join(ROOT, "tests", "page"))
PAGES = {"delivery": "/manage/jira-delivery/", "history": "/manage/jira-delivery/history",
         "explain": "/manage/jira-delivery/explain?key=APP-700",
         "compare": "/manage/jira-delivery/diff?from=staging&to=prod-eu",
         "builds": "/manage/jira-delivery/backfill", "run": "/job/looked-at/1/jira/",
         "settings": "/manage/configure#jirasend-settings"}
THEME = """
def manager = Jenkins.get().pluginManager
def factory = manager.uberClassLoader.loadClass('io.jenkins.plugins.darktheme.DarkThemeSystemManagerFactory')
def all = manager.uberClassLoader.loadClass('io.jenkins.plugins.thememanager.ThemeManagerPageDecorator').get()
all.setTheme(factory.newInstance())
"""
# What sticks out of the window, and buttons that lie on one another.
STICKS_OUT = """
const wide = document.documentElement.scrollWidth - window.innerWidth;
const buttons = [...document.querySelectorAll('#main-panel a.jenkins-button, #jirasend-tabs a')]
    .map(each => each.getBoundingClientRect()).filter(each => each.width > 0);
let over = 0;
buttons.forEach((a, i) => buttons.slice(i + 1).forEach(b => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) over++;
}));
return [wide, over];
"""


class Looks(Case):
    @classmethod
    def setUpClass(cls):
        try:
            from browser import Browser
        except ImportError:
            raise unittest.SkipTest("there is no Selenium (script/venv makes build/venv)") from None
        for program in ("chromium", "chromedriver"):
            if not shutil.which(os.environ.get(program.upper(), program)):
                raise unittest.SkipTest(f"there is no {program}")
        configure(site(automaticBuilds=True), site(site="held.atlassian.net", credentialsId="wrong"))
        if has_plugin("dark-theme"):
            jenkins.groovy(THEME)
        pipeline("looked-at", "['staging', 'prod-eu'].each {\n jiraSendDeploymentInfo(site: '" + SITE + "', "
                 "environmentId: it, environmentName: 'An environment with quite a long name, ' + it)\n}\n",
                 BRANCH_NAME=" ".join(f"APP-{number}" for number in range(700, 712)))
        jira.faults({"path": "/builds", "reject": ["looked-at"], "count": 1})
        jenkins.build("looked-at")
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.driver = cls.browser.driver
        cls.driver.set_page_load_timeout(300)
        cls.driver.get(jenkins.url + "/login")
        for name, value in (("j_username", "admin"), ("j_password", PASSWORD)):
            cls.driver.find_element("name", name).send_keys(value)
        cls.driver.find_element("name", "Submit").click()

    def until(self, script, what):
        end = time.monotonic() + 60
        while not self.driver.execute_script(script):
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.2)

    def press(self, script):
        """With a mouse: some menus are made when it comes near. What a script finds, as soon as it does."""
        self.until(f"return !!({script})", "there is nothing to press")
        element = self.driver.execute_script(f"const found = {script}; found.scrollIntoView({{block: 'center'}}); return found")
        element.click()

    def test_180_nothing_sticks_out(self):
        folder = os.environ.get("JIRASEND_PICTURES")
        for scheme in ("light", "dark"):
            self.browser.scheme(scheme)
            for name, path in PAGES.items():
                for width in (1400, 800, 375):
                    with self.subTest(name, width=width, scheme=scheme):
                        self.browser.size(width, 1000)
                        self.driver.get("about:blank")
                        self.driver.get(jenkins.url + path)
                        if folder:
                            self.driver.save_screenshot(os.path.join(folder, f"{name}-{width}-{scheme}.png"))
                        wide, over = self.driver.execute_script(STICKS_OUT)
                        self.assertLessEqual(wide, 0, "it is wider than the window")
                        self.assertEqual(over, 0, "buttons lie on one another")

    def test_181_dark(self):
        if not has_plugin("dark-theme"):
            self.skipTest("not among the plugins: dark-theme")
        self.browser.scheme("dark")
        self.browser.size(1400, 1000)
        self.driver.get(jenkins.url + PAGES["history"])
        for element in ("#jirasend-events td", ".jirasend-search input"):
            colours = self.driver.execute_script("""
                const style = getComputedStyle(document.querySelector(arguments[0]));
                return [style.color, style.backgroundColor].map(colour => {
                    const paper = document.createElement('canvas').getContext('2d');
                    paper.fillStyle = colour;
                    paper.fillRect(0, 0, 1, 1);
                    return [...paper.getImageData(0, 0, 1, 1).data].slice(0, 3).reduce((sum, part) => sum + part, 0);
                });""", element)
            self.assertGreater(colours[0], colours[1] + 150, f"{element}: dark text on a dark ground")

    def test_182_settings_are_found(self):
        """By the search of Manage Jenkins, which leads to the right part of the page."""
        self.browser.scheme("light")
        self.browser.size(1400, 1000)
        self.driver.get(jenkins.url + "/manage/")
        box = self.driver.find_element("id", "settings-search-bar")
        box.send_keys("jira")
        self.until("return [...document.querySelectorAll('.jenkins-search__results a')]"
                   ".some(each => each.href.endsWith('configure#jirasend-settings'))", "the settings are not found")
        self.driver.get("about:blank")
        self.driver.get(jenkins.url + PAGES["settings"])
        self.until("const place = document.getElementById('jirasend-settings').getBoundingClientRect();"
                   "return place.top > 60 && place.top < innerHeight", "the settings are not in sight")

    def test_183_secret_text_is_offered_first(self):
        self.browser.size(1400, 1000)
        self.driver.get(jenkins.url + PAGES["settings"])
        kind = ("const list = document.querySelector('#credentials-dialog-form select.dropdownList');"
                "return list && list.options[list.selectedIndex].text")
        fields = self.driver.execute_script(
            "return [...document.querySelectorAll('.credentials-select-control')]"
            ".map(each => !!each.querySelector('select.jirasend-secret-text'))")
        self.assertIn(True, fields)
        self.press("[...document.querySelectorAll('.credentials-select-control')].find(each => "
                   "each.querySelector('select.jirasend-secret-text')).querySelector('button')")
        self.press("document.querySelector('[data-type=credentials-add-store-item]')")
        self.until(f"return (() => {{ {kind} }})() === 'Secret text'", "another kind is offered first")
        self.until("return !!document.querySelector('#credentials-dialog-form input[name=\"_.secret\"]')",
                   "the fields of a Secret text are not there")

    def test_184_asked_first(self):
        """A button does nothing until somebody says yes."""
        self.browser.size(1400, 1000)
        self.driver.get(jenkins.url + PAGES["delivery"])
        before = self.driver.execute_script("return document.querySelectorAll('#jirasend-events tbody tr').length")
        self.assertGreater(before, 0)
        press = ("[...document.querySelectorAll('#jirasend-events a.confirmation-link')]"
                 ".find(each => each.textContent.trim() === 'Drop').click()")
        self.driver.execute_script(press)
        self.until("return !!document.querySelector('dialog[open] .jenkins-button')", "nobody asks")
        self.assertIn("given up for good", self.driver.execute_script(
            "return document.querySelector('dialog[open]').textContent"))
        self.driver.execute_script("document.querySelector('dialog[open] [data-id=\"cancel\"]').click()")
        self.driver.get(jenkins.url + PAGES["delivery"])
        self.assertEqual(self.driver.execute_script(
            "return document.querySelectorAll('#jirasend-events tbody tr').length"), before)
        self.driver.execute_script(press)
        self.until("return !!document.querySelector('dialog[open] [data-id=\"ok\"]')", "nobody asks")
        self.driver.execute_script("document.querySelector('dialog[open] [data-id=\"ok\"]').click()")
        self.until("return document.readyState === 'complete' && "
                   f"document.querySelectorAll('#jirasend-events tbody tr').length === {before - 1}", "it was not dropped")
