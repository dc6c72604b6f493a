"""The history of builds: counted, sent, stopped, gone on with after a restart and after kill -9."""

import os
import re
import time

from world import Case, FREESTYLE, builds, configure, deployments, jenkins, jira, pipeline, sent, site

PAGE = "/manage/jira-delivery"
BUILD = """<?xml version='1.1' encoding='UTF-8'?>
<build><actions><hudson.model.ParametersAction><safeParameters class="sorted-set"/><parameters>
<hudson.model.StringParameterValue><name>BRANCH_NAME</name><value>{branch}</value></hudson.model.StringParameterValue>
</parameters></hudson.model.ParametersAction></actions><queueId>{number}</queueId><timestamp>{at}</timestamp>
<startTime>{at}</startTime><result>{result}</result><duration>1000</duration><charset>UTF-8</charset>
<keepLog>false</keepLog><builtOn></builtOn></build>
"""
NOVEMBER = 1_762_000_000_000  # 2025-11-01
PROPERTY = ("<properties><hudson.model.ParametersDefinitionProperty><parameterDefinitions>"
            "<hudson.model.StringParameterDefinition><name>BRANCH_NAME</name></hudson.model.StringParameterDefinition>"
            "</parameterDefinitions></hudson.model.ParametersDefinitionProperty></properties>")


def old_builds(job, count, branch=lambda number: f"feature/APP-{number}", begun=NOVEMBER):
    """A job with so many builds, as a Jenkins of former days has left them."""
    jenkins.create(job, FREESTYLE.replace("<project>", "<project>" + PROPERTY))
    folder = os.path.join(jenkins.home, "jobs", job, "builds")
    for number in range(1, count + 1):
        os.makedirs(os.path.join(folder, str(number)))
        with open(os.path.join(folder, str(number), "build.xml"), "w", encoding="utf-8") as file:
            file.write(BUILD.format(branch=branch(number), number=number, at=begun + number * 2000,
                                    result="FAILURE" if number % 3 == 0 else "SUCCESS"))
    with open(os.path.join(jenkins.home, "jobs", job, "nextBuildNumber"), "w", encoding="utf-8") as file:
        file.write(str(count + 1))
    jenkins.must(jenkins.post(f"/job/{job}/reload"))


def said():
    """What the page says of it."""
    text = jenkins.must(jenkins.get(f"{PAGE}/backfill")).text
    line = re.search(r'(?s)<p id="jirasend-backfill">(.*?)<(?:/p|div)', text)
    return re.sub(r"\s+", " ", line[1]).strip()


def do(action):
    jenkins.must(jenkins.post(f"{PAGE}/backfill{action}"))


def wait(words, seconds=120):
    return jenkins.wait_for(lambda: words in said(), seconds, f"it does not say: {words}")


def counted():
    do("Count")
    wait("were counted", 300)


def send_all():
    counted()
    do("Start")
    wait("Done:", 300)


def waiting():
    """Events that wait, of whatever job."""
    return int(jenkins.groovy("println Jenkins.get().pluginManager.uberClassLoader.loadClass("
                              "'io.jenkins.plugins.jirasend.nativecore.JiraSendClient').get().delivery().stateNow()"
                              ".waiting()"))


def told(job):
    return sorted(build["buildNumber"] for build in builds(job))


def busiest_second(entries):
    """How many of these requests came within a second."""
    times = sorted(entry["at"] / 1000 for entry in entries)
    first, most = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


class Backfill(Case):
    """Only jobs whose name begins with "old-" belong to the site, so those of other themes stay out of it."""

    @classmethod
    def setUpClass(cls):
        configure(site(jobs="old-.*", automaticDeployments=True))

    def tearDown(self):
        jira.clear_faults()

    def test_130_counted_first(self):
        """By job and month, without loading one; nothing is sent."""
        old_builds("old-counted", 5)
        old_builds("old-later", 2, begun=NOVEMBER + 40 * 86_400_000)
        before = len(jira.log("/bulk"))
        counted()
        text = jenkins.must(jenkins.get(f"{PAGE}/backfill")).text
        cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"(?s)<td[^>]*>(.*?)</td>", text)]
        rows = [tuple(cells[i:i + 3]) for i in range(0, len(cells), 3)]
        self.assertIn(("old-counted", "2025-11", "5"), rows)
        self.assertIn(("old-later", "2025-12", "2"), rows)
        self.assertEqual(len(jira.log("/bulk")), before)
        loaded = jenkins.groovy("println Jenkins.get().getItemByFullName('old-counted')._getRuns().getLoadedBuilds().keySet()")
        self.assertEqual(loaded, "[]")

    def test_131_sent(self):
        """How each build ended, as of then, as what was told without a step; builds without an issue are silent."""
        old_builds("old-app", 9, lambda number: "main" if number % 4 == 0 else f"feature/APP-{number}")
        pipeline("old-line", "stage('deploy to qa') {\n echo 'x'\n}\nstage('test') {\n echo 'x'\n}\n",
                 BRANCH_NAME="feature/APP-7")
        configure()
        self.good("old-line")
        configure(site(jobs="old-.*", automaticDeployments=True))
        self.assertEqual(sent("builds", "old-line"), [])
        send_all()
        jenkins.wait_for(lambda: told("old-app") == [1, 2, 3, 5, 6, 7, 9], 60, "not all were told")
        states = {build["buildNumber"]: build["state"] for build in builds("old-app")}
        self.assertEqual([states[number] for number in (1, 2, 3, 6, 9)],
                         ["successful", "successful", "failed", "failed", "failed"])
        item = [item for item in jira.items() if item["pipelineId"] == "old-app" and item["buildNumber"] == 1][0]
        self.assertTrue(item["lastUpdated"].startswith("2025-11-0"), item["lastUpdated"])
        self.assertLess(item["updateSequenceNumber"], 1_770_000_000_000, "news of the past are not newer than live ones")
        jenkins.wait_for(lambda: deployments("old-line"), 60, "no deployment")
        self.assertEqual([(item["environment"]["id"], item["state"]) for item in deployments("old-line")],
                         [("qa", "successful")])
        jenkins.wait_for(lambda: told("old-later") == [1, 2] and told("old-line") == [1], 60, "not all were told")
        before = len(jira.items())
        send_all()
        time.sleep(1)
        self.assertEqual([(item["pipelineId"], item["buildNumber"]) for item in jira.items()[before:]], [])

    def test_132_stopped(self):
        """What has not been sent is taken back, and told by the next start."""
        old_builds("old-stopped", 620)
        counted()
        jira.faults({"path": "/builds", "status": 503, "count": 0})
        do("Start")
        jenkins.wait_for(lambda: waiting() >= 500, 120, "they do not wait")
        time.sleep(2)
        self.assertEqual(waiting(), 500, "more wait than can be taken back")
        do("Stop")
        self.assertIn("It was stopped", said())
        jenkins.wait_for(lambda: waiting() == 0, 60, "they were not taken back")
        jira.clear_faults()
        time.sleep(3)
        self.assertEqual(told("old-stopped"), [])
        do("Start")
        wait("Done:")
        jenkins.wait_for(lambda: told("old-stopped") == list(range(1, 621)), 60, "not all were told")

    def test_133_restarts(self):
        """It goes on by itself: after an orderly end, and after kill -9; each build is told, and once."""
        old_builds("old-killed", 900)
        counted()
        jira.faults({"path": "/builds", "status": 503, "count": 0})
        do("Start")
        jenkins.wait_for(lambda: waiting() >= 500, 120, "they do not wait")
        jenkins.kill()
        jenkins.start()
        self.assertIn("events are told", said())
        jira.clear_faults()
        jira.faults({"path": "/builds", "delayMs": 400, "count": 0})
        jenkins.wait_for(lambda: len(told("old-killed")) >= 100, 120, "it does not go on")
        jenkins.kill()  # in the middle of the sending
        jenkins.start()
        jenkins.wait_for(lambda: len(told("old-killed")) >= 300, 120, "it does not go on")
        jenkins.stop()
        self.assertNotIn("history of builds has ended early", jenkins.log())
        jenkins.start()
        jira.clear_faults()
        wait("Done:")
        jenkins.wait_for(lambda: told("old-killed") == list(range(1, 901)), 120, "builds were lost")
        self.assertIn("Done: ", said())

    def test_134_never_before_live_news(self):
        old_builds("old-before", 150)
        pipeline("old-live", "jiraSendBuildInfo(wait: 0)\n", BRANCH_NAME="APP-18")
        counted()
        jira.faults({"path": "/builds", "status": 503, "count": 0})
        do("Start")
        jenkins.wait_for(lambda: waiting() >= 150, 120, "they do not wait")
        self.good("old-live")
        before = len(jira.items())
        jira.clear_faults()
        wait("Done:")
        # What has failed since the beginning of it pauses for up to five minutes.
        jenkins.wait_for(lambda: len(told("old-before")) == 150, 330, "not all were told")
        self.assertEqual(jira.items()[before]["pipelineId"], "old-live")

    def test_135_many(self):
        """One build is loaded at a time, and memory stays flat; JIRASEND_BUILDS says of how many."""
        many = int(os.environ.get("JIRASEND_BUILDS", "3000"))
        old_builds("old-many", many, lambda number: "APP-9" if number % 2 == 0 else "main")
        sent_before = jira.log("/bulk")[-1]["n"]
        used = ("println((1..3).collect { System.gc(); Thread.sleep(200); "
                "Runtime.runtime.totalMemory() - Runtime.runtime.freeMemory() }.min() >> 20)")
        before = int(jenkins.groovy(used))
        began = time.monotonic()
        send_all()
        took = time.monotonic() - began
        after = int(jenkins.groovy(used))
        jenkins.wait_for(lambda: len(told("old-many")) == many // 2, 60, "not all were told")
        requests = jira.log("/builds/", after=sent_before)
        most = busiest_second(requests)
        print(f"{many} builds in {took:.0f} s, heap {before} -> {after} MiB, {len(requests)} requests, "
              f"at most {most} in a second", flush=True)
        self.assertLessEqual(most, 11, "ten a second, and one on either end")
        self.assertLess(after, before + 32)
        loaded = jenkins.groovy("println Jenkins.get().getItemByFullName('old-many')._getRuns().getLoadedBuilds().size()")
        self.assertLess(int(loaded), 20, "those that Jenkins itself has looked at, no others")
