"""The sandbox's page as a person sees it, hears it and works it with the keyboard."""

import importlib.resources
import unittest

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from browser import Browser
from events import branch, build, commit, deployment, flag, pull, repository
from page_sandbox import PageSandbox

WAIT = 20


class PageTest(unittest.TestCase):
    """One browser and one sandbox for all; each test starts with an empty sandbox and a fresh page."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = PageSandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.driver = cls.browser.driver

    def setUp(self):
        self.sandbox.reset()
        self.browser.size(1280, 800)
        self.browser.scheme("light")
        self.browser.console()
        self.quiet = True

    def tearDown(self):
        if self.quiet:
            self.assertEqual(self.browser.console(), [], "the console stays empty")

    # --- helpers

    def open(self, address="", live=True):
        self.driver.get("about:blank")  # a new hash alone would load nothing
        self.driver.get(self.sandbox.url + "/" + address)
        if live:
            self.until(lambda: self.text("#live") == "Live", "the page goes live")
            self.until(lambda: self.text("#count-builds") != "–", "the page has the state")

    def until(self, condition, what):
        WebDriverWait(self.driver, WAIT, 0.05).until(lambda _: condition(), f"timed out: {what}")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        # In one step: the page may draw again between finding an element and reading it.
        return self.driver.execute_script(
            "return document.querySelector(arguments[0])?.innerText?.trim() ?? null", selector)

    def texts(self, selector):
        return self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText.replace(/\\s+/g, ' ').trim())",
            selector)

    def keys(self):
        return self.driver.execute_script(
            "return [...document.querySelectorAll('.row-key')].map((each) => each.id.slice('issue-'.length))")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def active_id(self):
        return self.driver.execute_script("return document.activeElement.id")

    def fill(self):
        self.sandbox.post("builds", {"builds": [
            build(1, ["APP-1"], minutes_ago=90, testInfo={"totalNumber": 12, "numberPassed": 9, "numberFailed": 2, "numberSkipped": 1},
                  references=[{"commit": {"id": "0123456789abcdef", "repositoryUri": "https://git.example.com/app"},
                               "ref": {"name": "feature/APP-1", "uri": "https://git.example.com/app/tree/feature"}}]),
            build(2, ["OPS-7"], state="failed", minutes_ago=60),
            build(3, ["APP-2", "OPS-7"], minutes_ago=30),
        ]})
        self.sandbox.post("deployments", {"deployments": [
            # not in the order a change travels, so that the page has to sort them
            deployment(1, ["APP-1"], "prod", state="in_progress", minutes_ago=70),
            deployment(1, ["APP-1"], "dev", minutes_ago=85),
            deployment(1, ["APP-1"], "stage", state="failed", minutes_ago=75),
            deployment(1, ["APP-1"], "test", minutes_ago=80),
            deployment(3, ["APP-2"], "dev", minutes_ago=1500),
        ]})
        self.sandbox.post("featureflags", {"flags": [flag("new-login", ["APP-2"])]})

    # --- what it shows

    def test_empty_page_tells_how_to_begin(self):
        self.open()
        self.assertIn("Nothing has been sent yet", self.text("#panel-issues"))
        self.assertIn("jirasend build --state successful", self.text("#panel-issues pre"))
        self.assertIn(f"JIRASEND_API_URL={self.sandbox.url}", self.text("#panel-issues pre"))
        self.open("#releases")
        self.assertIn("jirasend deployment --state successful", self.text("#panel-releases"))
        self.open("#flags")
        self.assertIn("No feature flags", self.text("#panel-flags"))

    def test_cli_event_appears_without_reload(self):
        self.open()
        self.driver.execute_script("window.notReloaded = true")
        self.sandbox.cli(
            "build", "--pipeline", "team/app", "--name", "team » app", "--number", "42", "--state", "successful",
            "--url", "https://ci.example.com/job/app/42/", "--keys", "APP-1", "--tests", "10,9,1,0")
        self.until(lambda: self.keys() == ["APP-1"], "the build's issue appears")
        self.assertIn("Successful", self.text(".row-summary"))
        self.assertIn("9 passed, 1 failed", self.text(".row-summary"))
        self.assertEqual(self.text("#latest"), "Build team » app #42 successful, APP-1")
        self.sandbox.cli(
            "deployment", "--pipeline", "team/app", "--name", "team » app", "--number", "42", "--state", "successful",
            "--url", "https://ci.example.com/job/app/42/", "--keys", "APP-1",
            "--environment", "prod-eu", "--environment-name", "Production EU")
        self.until(lambda: self.texts(".chip") == ["Production EU Successful"], "the deployment's environment appears")
        self.assertEqual(self.text("#latest"), "Deployment team » app #42 to Production EU successful, APP-1")
        self.assertEqual([self.text(f"#count-{name}") for name in ("issues", "builds", "deployments", "flags")], ["1", "1", "1", "0"])
        self.assertTrue(self.driver.execute_script("return window.notReloaded"))

    def test_update_of_a_build_changes_its_row_and_keeps_it_open(self):
        self.sandbox.post("builds", {"builds": [build(1, ["APP-1"], state="in_progress")]})
        self.open()
        self.one("#issue-APP-1").click()
        self.assertIn("In progress", self.text(".builds tbody"))
        self.sandbox.post("builds", {"builds": [build(1, ["APP-1"], state="failed", updateSequenceNumber=2)]})
        self.until(lambda: "Failed" in (self.text(".builds tbody") or ""), "the open row follows")
        self.assertEqual(len(self.all(".builds tbody tr")), 1)
        self.assertEqual(self.active_id(), "issue-APP-1")
        self.assertEqual(self.one("#issue-APP-1").get_attribute("aria-expanded"), "true")

    def test_issues_by_last_activity_and_environments_in_order(self):
        self.fill()
        self.open()
        self.assertEqual(self.keys(), ["APP-2", "OPS-7", "APP-1"])
        row = "//button[@id='issue-APP-1']/ancestor::li"
        chips = [" ".join(each.text.split()) for each in self.driver.find_elements(By.XPATH, row + "//ol/li")]
        self.assertEqual(chips, ["Playground Successful", "Test Successful", "Staging EU Failed", "Production EU In progress"])

    def test_opened_issue_shows_builds_and_deployments_in_full(self):
        self.fill()
        self.open()
        self.one("#issue-APP-1").send_keys(Keys.ENTER)
        cells = self.texts("#issue-APP-1-detail .builds tbody tr > *")
        self.assertEqual(cells[:4], ["team » app #1", "Successful", "9 passed, 2 failed, 1 skipped", "branch feature/APP-1 commit 0123456789"])
        self.assertRegex(cells[4], r"^(1 h|\d+ min) ago$")
        link = self.one("#issue-APP-1-detail .builds a")
        self.assertEqual(link.get_attribute("href"), "https://ci.example.com/job/app/1/")
        self.assertIn("noopener", link.get_attribute("rel"))
        self.assertEqual(len(self.all("#issue-APP-1-detail .deployments tbody tr")), 4)
        time = self.one("#issue-APP-1-detail time")
        self.assertRegex(time.get_attribute("datetime"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
        self.assertNotEqual(time.get_attribute("title"), "")
        self.one("#issue-APP-1").send_keys(Keys.SPACE)
        self.assertFalse(self.one("#issue-APP-1-detail").is_displayed())

    def test_releases_in_lanes_and_in_words(self):
        self.fill()
        self.open("#releases")
        self.assertEqual(self.driver.execute_script(
            "return [...document.querySelectorAll('.lane h3')].map((each) => each.firstChild.data)"),
            ["Playground", "Test", "Staging EU", "Production EU"])
        self.assertGreaterEqual(len(self.all(".lane .mark")), 4)
        states = self.texts(".day tbody tr > :nth-child(3)")
        self.assertEqual(states, ["In progress", "Failed", "Successful", "Successful", "Successful"], "newest first")
        self.assertGreaterEqual(len(self.all(".day")), 2, "one heading a day")
        self.assertEqual(set(self.texts(".day thead th")), {"Time", "Environment", "State", "Deployment", "Issues", "Took"})
        self.one(".day tbody a.key").click()
        self.until(lambda: self.one("#issue-APP-1-detail").is_displayed(), "the key leads to its issue, opened")
        self.assertEqual(self.one("#tab-issues").get_attribute("aria-selected"), "true")

    def test_flags(self):
        self.fill()
        self.open("#flags")
        self.assertEqual(self.texts(".flags tbody tr > :nth-child(1)"), ["New login form new-login"])
        self.assertEqual(self.texts(".flags .chip"), ["Test Off", "Production EU On"])

    def fill_development(self):
        last = commit(77, ["APP-1"], minutes_ago=70)
        self.sandbox.post("devinfo", repository(
            commits=[commit(number, ["APP-1", "APP-2"], minutes_ago=20 + number) for number in (1, 2)],
            branches=[branch("feature/APP-1-login", ["APP-1"], last)],
            pullRequests=[pull(12, ["APP-1"], minutes_ago=5), pull(7, ["APP-1"], "MERGED", 90), pull(8, ["OPS-3"], "DECLINED")]))

    def test_development_panel(self):
        self.fill_development()
        self.sandbox.post("featureflags", {"flags": [flag("new-login", ["APP-1"])]})
        self.open()
        self.assertEqual(self.texts("#count-pulls, #count-branches, #count-commits"), ["3", "1", "3"])
        row = self.one("#issue-APP-1").find_element(By.XPATH, "ancestor::li")
        counts = [" ".join(each.text.split()).lower() for each in row.find_elements(By.CSS_SELECTOR, ".development li")]
        self.assertEqual(counts, ["2 pull requests open", "1 branch", "3 commits", "1 flag, on"])
        self.one("#issue-APP-1").send_keys(Keys.ENTER)
        detail = "#issue-APP-1-detail "
        self.assertEqual(self.texts(detail + "h4"), ["Pull requests 2", "Branches 1", "Commits 3", "Feature flags 1"])
        self.assertEqual([each.lower() for each in self.texts(detail + ".pulls tbody tr:first-child > *")][:4],
                         ["pull request 12 #12 in team/app by ada lovelace", "open", "from feature/app-1-login to main", "1 of 2 approved"])
        self.assertEqual(self.one(detail + ".pulls a").get_attribute("href"), "https://git.example.com/team/app/pull/12")
        self.assertEqual(self.texts(detail + ".branches tbody tr > *")[:3],
                         ["feature/APP-1-login team/app", "last commit 000004d Commit 77", "Create pull request"])
        self.assertEqual(self.texts(detail + ".commits tbody tr:first-child > *")[:4],
                         ["Commit 1 team/app", "0000001", "Ada Lovelace", "3 files (+12 −3)"])
        self.assertEqual(self.texts(detail + ".flags .chip"), ["Test Off", "Production EU On"])
        self.open("#issues?q=pull request 8")
        self.assertEqual(self.keys(), ["OPS-3"])

    def test_deleted_is_gone_from_the_page(self):
        self.fill_development()
        self.open()
        self.assertIn("OPS-3", self.keys())
        answer = self.sandbox.api("DELETE", "devinfo/repository/git.example.com~2Fteam~2Fapp/pull_request/8?_updateSequenceId=99")
        self.assertEqual(answer.status, 202)
        self.until(lambda: "OPS-3" not in self.keys(), "the issue goes by itself")

    def test_gates_are_decided_on_the_page(self):
        self.sandbox.post("deployments", {"deployments": [
            deployment(number, ["APP-1"], "prod", "pending", commands=[{"command": "initiate_deployment_gating"}]) for number in (1, 2)]})
        self.open("#issues?issue=APP-1")
        self.assertEqual(len(self.all(".gate-buttons")), 2)
        button = self.one("[aria-label='Approve team » app #1 to Production EU']")
        button.send_keys(Keys.ENTER)
        self.until(lambda: "Gate: approved" in self.texts(".gate"), "the gate opens")
        self.assertEqual(self.sandbox.gate_status("team/app", "prod", 1).json()["gatingStatus"], "allowed")
        self.assertIn("Gate: approved", self.driver.execute_script("return document.activeElement.textContent"))
        self.open("#releases")
        self.one("[aria-label='Refuse team » app #2 to Production EU']").click()
        self.until(lambda: "Gate: refused" in self.texts(".gate"), "the gate stays shut")
        self.assertEqual(self.sandbox.gate_status("team/app", "prod", 2).json()["gatingStatus"], "prevented")

    def test_environments_of_one_name_are_told_apart(self):
        other = deployment(2, ["APP-1"], "prod", "failed")
        other["environment"]["id"] = "prod-us"
        self.sandbox.post("deployments", {"deployments": [deployment(1, ["APP-1"], "prod"), deployment(1, ["APP-1"], "dev"), other]})
        self.open()
        self.assertEqual(self.texts(".chip-name"), ["Playground", "Production EU (prod-us)", "Production EU (prod)"])

    def test_tests_that_there_are_none_of_are_not_named(self):
        tests = {"totalNumber": 68, "numberPassed": 66, "numberFailed": 0, "numberSkipped": 2}
        self.sandbox.post("builds", {"builds": [build(1, ["APP-1"], testInfo=tests)]})
        self.open("#issues?issue=APP-1")
        self.assertEqual(self.texts("#issue-APP-1-detail .tests"), ["66 passed, 2 skipped"])
        self.assertIn("66 passed, 2 skipped", self.text(".row-summary"))

    # --- requests, trouble, reset

    def test_requests(self):
        bad = build(2, ["APP-2"])
        bad["state"] = "done"
        self.sandbox.post("builds", {"builds": [build(1, ["APP-1"])]})
        self.sandbox.api("POST", "builds/bulk", {"builds": [bad]})
        self.open("#requests")
        self.until(lambda: len(self.all(".request")) == 3, "the token and two requests")
        self.assertEqual(self.texts(".status"), ["202", "202", "200"])
        self.assertIn("'state' is not valid.", self.texts(".request-why")[0])
        self.one(".request summary").send_keys(Keys.ENTER)
        self.until(lambda: '"state": "done"' in (self.text(".request-detail pre") or ""), "what came is shown")
        self.assertIn("rejectedBuilds", self.text(".request-detail"))
        self.assertNotIn("sandbox-secret", self.driver.page_source)
        self.sandbox.api("POST", "devinfo/bulk", {"repositories": []})
        self.until(lambda: len(self.all(".request")) == 4, "a refused request appears by itself")
        self.assertEqual(self.texts(".status")[0], "400")
        self.assertTrue(self.all(".request")[1].get_attribute("open"), "what was open stays open")
        self.one("#filter-text").send_keys("devinfo")
        self.assertEqual(len(self.all(".request")), 1)

    def test_trouble_and_reset(self):
        self.open("#requests")
        for choice, status in (("503", 503), ("429", 429), ("403", 403)):
            Select(self.one("#trouble")).select_by_value(choice)
            self.until(lambda: choice in self.text("#trouble-warning"), "the page warns")
            self.assertEqual(self.sandbox.api("POST", "builds/bulk", {"builds": [build(1, ["APP-1"])]}).status, status)
        Select(self.one("#trouble")).select_by_value("")
        self.until(lambda: not self.one("#trouble-warning").is_displayed(), "the warning goes")
        self.sandbox.post("builds", {"builds": [build(1, ["APP-1"])]})
        self.until(lambda: self.text("#count-builds") == "1", "the build arrives")
        self.one("#reset").click()
        self.assertEqual(self.text("#reset"), "Really forget everything?")
        self.one("#reset").click()
        self.until(lambda: self.text("#count-builds") == "0", "everything is gone")
        self.until(lambda: self.all(".request") == [], "the requests, too")
        self.sandbox._token = None

    def test_the_search_field_stays_where_it_is(self):
        self.fill()
        for width in (1280, 375):
            self.browser.size(width, 800)
            places = set()
            for view in ("issues", "releases", "flags", "requests", "issues?q=APP"):
                self.open(f"#{view}")
                places.add(tuple(self.one("#filter-text").rect.values()))
            self.assertEqual(len(places), 1, f"{width}: {places}")

    def test_the_first_commands_can_be_copied_as_they_are(self):
        self.open()
        self.until(lambda: "sandbox-secret" in self.text("#first-commands"), "the settings are there")
        for line in (f"export JIRASEND_SITE={self.sandbox.url}", "export JIRASEND_CLIENT_ID=sandbox", "export JIRASEND_CLIENT_SECRET=sandbox-secret"):
            self.assertIn(line, self.text("#first-commands"))
        self.one("#copy-commands").click()
        self.until(lambda: self.text("#copy-commands") != "Copy", "the button says what became of it")

    # --- working with it

    def test_tabs_by_keyboard(self):
        self.fill()
        self.open()
        self.one("#tab-issues").send_keys("")
        self.driver.execute_script("document.getElementById('tab-issues').focus()")
        for key, tab in ((Keys.ARROW_RIGHT, "releases"), (Keys.ARROW_RIGHT, "flags"), (Keys.ARROW_RIGHT, "requests"),
                         (Keys.ARROW_RIGHT, "issues"), (Keys.ARROW_LEFT, "requests"), (Keys.ARROW_LEFT, "flags"),
                         (Keys.HOME, "issues"), (Keys.END, "requests")):
            self.press(key)
            self.assertEqual(self.active_id(), f"tab-{tab}")
            self.assertEqual([each.get_attribute("id") for each in self.all("[role=tab][aria-selected=true]")], [f"tab-{tab}"])
            self.assertEqual([each.get_attribute("id") for each in self.all("[role=tabpanel]") if each.is_displayed()], [f"panel-{tab}"])
            self.assertEqual([each.get_attribute("id") for each in self.all("[role=tab]") if each.get_attribute("tabindex") != "-1"], [f"tab-{tab}"])
            self.assertTrue(self.driver.current_url.endswith(f"#{tab}"), self.driver.current_url)
        self.driver.back()
        self.until(lambda: self.one("#panel-issues").is_displayed(), "back leads to the tab before")

    def test_filter(self):
        self.fill()
        self.open()
        self.one("#filter-text").send_keys("app-")
        self.assertEqual(self.keys(), ["APP-2", "APP-1"])
        self.assertEqual(self.text("#panel-issues .panel-title"), "2 of 3 issues")
        self.assertIn("q=app-", self.driver.current_url)
        self.one("#filter-clear").click()
        self.assertEqual(self.keys(), ["APP-2", "OPS-7", "APP-1"])
        Select(self.one("#filter-project")).select_by_visible_text("OPS")
        self.assertEqual(self.keys(), ["OPS-7"])
        self.one("#filter-clear").click()
        Select(self.one("#filter-environment")).select_by_visible_text("Production")
        self.assertEqual(self.keys(), ["APP-1"])
        Select(self.one("#filter-state")).select_by_visible_text("Failed")
        self.assertEqual(self.keys(), [], "in production nothing failed")
        self.assertIn("No issues match", self.text("#panel-issues"))
        Select(self.one("#filter-environment")).select_by_visible_text("Staging EU")
        self.assertEqual(self.keys(), ["APP-1"])
        self.one("#tab-releases").click()
        self.assertEqual(self.texts(".day tbody tr > :nth-child(2)"), ["Staging EU Staging"])
        self.open("#releases?q=ops-7")
        self.assertIn("No deployments match", self.text("#panel-releases"))

    def test_many_issues_come_in_pages(self):
        for start in range(0, 2000, 100):
            self.sandbox.post("builds", {"builds": [
                build(number, [f"BIG-{number % 500 + 1}"], minutes_ago=number) for number in range(start, start + 100)]})
        self.open()
        self.until(lambda: self.text(".panel-title") == "500 issues", "all are counted")
        took = self.driver.execute_async_script("""
            const [done] = arguments;
            (async () => {
            const state = await (await fetch('/_sandbox/state')).json();
            const { buildModel } = await import('/model.js');
            const start = performance.now();
            const model = buildModel(state);
            done([performance.now() - start, model.issues.length]);
            })();""")
        self.assertEqual(took[1], 500)
        self.assertLess(took[0], 5000, "the model is made in a moment")
        self.assertEqual(len(self.keys()), 50)
        self.one("#more-issues").send_keys(Keys.ENTER)
        self.assertEqual(len(self.keys()), 100)
        self.assertEqual(self.active_id(), f"issue-{self.keys()[50]}", "focus goes to the first new row")

    # --- what comes from outside stays text

    def test_markup_stays_text(self):
        script, image = "<script>window.pwned = 1</script>", '"><img src=x onerror="window.pwned = 1">'
        self.open()
        self.sandbox.cli(
            "build", "--pipeline", "team/<b>app</b>", "--name", f"app {image}", "--number", "1", "--state", "failed",
            "--url", "https://ci.example.com/1", "--keys", "APP-1", "--branch", script, "--description", image,
            "--commit", "0123456789abcdef0123456789abcdef01234567", "--repository", "https://git.example.com/app")
        self.sandbox.cli(
            "deployment", "--pipeline", "team/app", "--name", script, "--number", "1", "--state", "successful",
            "--url", "https://ci.example.com/1", "--keys", "APP-1", "--environment", image,
            "--environment-name", image, "--environment-type", "production", "--description", script)
        self.until(lambda: self.keys() == ["APP-1"] and len(self.all(".chip")) == 1, "both arrived")
        self.one("#issue-APP-1").click()
        detail = self.text("#issue-APP-1-detail")
        self.assertIn(script, detail)
        self.assertIn(image, detail)
        self.one("#tab-releases").click()
        self.assertIn(image, self.text("#panel-releases .lane"))
        for name in ("releases", "flags", "requests", "issues"):
            self.one(f"#tab-{name}").click()
            self.assertEqual(self.all("main script, main img, main b b"), [])
        self.assertIsNone(self.driver.execute_script("return window.pwned ?? null"))

    def test_only_web_addresses_become_links(self):
        self.open()
        found = self.driver.execute_async_script("""
            const [done] = arguments;
            import('/dom.js').then(({ link }) => done(['https://a.example/x', 'http://a.example/', 'javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:text/html,x',
              'vbscript:x', 'file:///etc/passwd', '/relative', '', 'no address'].map((each) => link(each, 'x').tagName)));""")
        self.assertEqual(found, ["A", "A"] + ["SPAN"] * 8)

    def test_page_allows_nothing_inline_and_nothing_external(self):
        self.quiet = False  # the refused script is reported in the console, as it should be
        self.open()
        self.driver.execute_script("""
            const script = document.createElement('script');
            script.textContent = 'window.inline = 1';
            document.body.append(script);""")
        self.assertIsNone(self.driver.execute_script("return window.inline ?? null"))
        hosts = self.driver.execute_script(
            "return [...new Set(performance.getEntriesByType('resource').map((each) => new URL(each.name).origin))]")
        self.assertEqual(hosts, [self.sandbox.url])

    # --- for everybody

    def test_names_and_roles(self):
        self.fill()
        self.open()
        for selector, role, name in (
                ("#tab-issues", "tab", "Issues"), ("#tab-releases", "tab", "Releases"), ("#panel-issues", "tabpanel", "Issues"),
                ("#filter-text", "searchbox", "Search"), ("#filter-project", "combobox", "Project"),
                ("#filter-environment", "combobox", "Environment"), ("#filter-state", "combobox", "State"),
                ("#filters", "search", "Filter"), ("#live", "status", ""), ("#latest", "log", "Latest"),
                ("#issue-APP-1", "button", "APP-1 details"), (".rows", "list", "Issues, latest activity first")):
            element = self.one(selector)
            self.assertEqual((element.aria_role, element.accessible_name), (role, name), selector)
        self.assertEqual(self.one("#latest").get_attribute("aria-live"), "polite")
        self.assertEqual(len(self.all("h1")), 1)
        self.assertEqual([len(self.all(each)) for each in ("header", "main", "footer")], [1, 1, 1])
        self.one("#issue-APP-1").click()
        table = self.one("#issue-APP-1-detail table")
        self.assertEqual((table.aria_role, table.accessible_name), ("table", "Builds of APP-1"))
        self.assertEqual({each.get_attribute("scope") for each in self.all("thead th")}, {"col"})
        self.assertEqual({each.get_attribute("scope") for each in self.all("tbody th")}, {"row"})
        # A state is an icon, hidden from the screen reader, and a word.
        for state in self.all(".state, .chip"):
            self.assertEqual(len(state.find_elements(By.CSS_SELECTOR, "svg[aria-hidden=true]")), 1)
            self.assertNotEqual(state.text.strip(), "")

    def test_accessibility_rules_in_light_and_dark(self):
        axe = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        self.fill()
        for scheme, width in (("light", 360), ("dark", 1280)):
            self.browser.scheme(scheme, reduced_motion=True)
            self.browser.size(width, 800)
            for view in ("issues?issue=APP-1", "releases", "flags", "requests", "issues?q=nothing-has-this"):
                with self.subTest(scheme=scheme, view=view, width=width):
                    self.open(f"#{view}")
                    self.driver.execute_script(axe)
                    result = self.driver.execute_async_script("const [done] = arguments; axe.run().then(done);")
                    found = [f"{each['id']}: {each['help']} {[node['html'][:120] for node in each['nodes']][:3]}" for each in result["violations"]]
                    self.assertEqual(found, [])
                    self.assertGreater(len(result["passes"]), 15)

    def test_dark_is_dark_and_light_is_light(self):
        self.open()
        light = self.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        self.browser.scheme("dark")
        dark = self.driver.execute_script("return getComputedStyle(document.body).backgroundColor")

        def brightness(colour):
            return sum(int(part) for part in colour[colour.index("(") + 1:-1].split(",")[:3])

        self.assertGreater(brightness(light), 600)
        self.assertLess(brightness(dark), 150)

    def test_no_motion_where_none_is_wanted(self):
        for reduced, running in ((False, True), (True, False)):
            self.browser.scheme("light", reduced_motion=reduced)
            self.open()
            self.assertEqual(self.driver.execute_script("return document.getAnimations().length > 0"), running)

    def test_narrow_and_wide_without_sideways_scrolling(self):
        self.fill()
        long_word = "a" * 200
        self.sandbox.post("builds", {"builds": [build(9, ["APP-9"], displayName=long_word, description=long_word,
                                                      references=[{"commit": {"id": "f" * 40, "repositoryUri": "https://git.example.com/x"},
                                                                   "ref": {"name": long_word, "uri": "https://git.example.com/x"}}])]})
        crowded = deployment(9, ["APP-9"], "prod", displayName=long_word, description=long_word)
        crowded["environment"]["displayName"] = long_word
        self.sandbox.post("deployments", {"deployments": [crowded]})
        for width in (320, 360, 768, 1024, 1600):
            self.browser.size(width, 800)
            for view in ("issues", "releases", "flags", "requests"):
                with self.subTest(width=width, view=view):
                    self.open(f"#{view}")
                    for button in self.all(".row-key"):
                        button.click()
                    self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), width)


class LostConnectionTest(unittest.TestCase):
    def test_says_that_the_connection_is_lost_and_comes_back(self):
        sandbox = PageSandbox()
        browser = None
        try:
            browser = Browser()
            status = lambda: browser.driver.find_element(By.ID, "live").text.strip()
            wait = WebDriverWait(browser.driver, 60, 0.1)
            browser.driver.get(sandbox.url)
            wait.until(lambda _: status() == "Live")
            port = sandbox.port
            sandbox.stop()
            wait.until(lambda _: status() == "Connection lost, retrying")
            sandbox = PageSandbox(port=port)
            sandbox.post("builds", {"builds": [build(1, ["APP-1"])]})
            wait.until(lambda _: status() == "Live")
            wait.until(lambda _: browser.driver.find_elements(By.ID, "issue-APP-1"))
        finally:
            sandbox.stop()
            if browser is not None:
                browser.close()


if __name__ == "__main__":
    unittest.main()
