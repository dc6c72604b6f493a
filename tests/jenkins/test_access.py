"""Who may see and do what: an author of jobs, a reader, somebody who is not logged in."""

import unittest

from world import Case, PACKAGE, SITE, builds, has_plugin, jenkins, pipeline, site

PERMISSIONS = """
import hudson.model.Item
import hudson.security.GlobalMatrixAuthorizationStrategy
import org.jenkinsci.plugins.matrixauth.PermissionEntry
def jenkins = Jenkins.get()
['author', 'reader'].each { if (hudson.model.User.getById(it, false) == null)
    jenkins.securityRealm.createAccount(it, it) }
def all = new GlobalMatrixAuthorizationStrategy()
all.add(Jenkins.ADMINISTER, PermissionEntry.user('admin'))
['author', 'reader'].each { user ->
    [Jenkins.READ, Item.READ].each { all.add(it, PermissionEntry.user(user)) } }
all.add(Item.CONFIGURE, PermissionEntry.user('author'))
all.add(Item.BUILD, PermissionEntry.user('author'))
jenkins.authorizationStrategy = all
"""
SITE_FORM = f"/descriptorByName/{PACKAGE}.config.JiraSite"


class Access(Case):
    @classmethod
    def setUpClass(cls):
        if not has_plugin("matrix-auth"):
            raise unittest.SkipTest("not among the plugins: matrix-auth")
        super().setUpClass()
        jenkins.groovy(PERMISSIONS)
        pipeline("theirs", "echo 'x'\n")

    def values(self, path, login):
        answer = jenkins.must(jenkins.post(path, {"site": "", "credentialsId": ""}, login=login))
        return [item["value"] for item in answer.json()["values"] if item["value"]]

    def test_delivery_page(self):
        for login in ("author", "reader", None):
            for path in ("/manage/jira-delivery/", "/manage/jira-delivery"):
                self.assertIn(jenkins.get(path, login=login).status, (401, 403), login)
            for path in ("history", "explain", "diff", "metrics", "backfill"):
                self.assertIn(jenkins.get(f"/manage/jira-delivery/{path}", login=login).status, (401, 403), path)
            for action in ("retry", "drop", "resend", "cancel", "delete", "backfillCount", "backfillStart",
                           "backfillStop"):
                answer = jenkins.post(f"/manage/jira-delivery/{action}", {"id": "1"}, login=login)
                self.assertIn(answer.status, (401, 403), login)
        self.assertEqual(jenkins.get("/manage/jira-delivery/").status, 200)

    def test_effects_take_post_only(self):
        for action in ("retry", "drop", "resend", "cancel", "delete"):
            self.assertIn(jenkins.get(f"/manage/jira-delivery/{action}?id=1").status, (404, 405))
        for path in ("testConnection", "fillCredentialsIdItems", "checkSite"):
            self.assertIn(jenkins.get(f"/manage{SITE_FORM}/{path}?value=x").status, (404, 405), path)

    def test_configuration(self):
        self.assertIn("jira-2lo", self.values(f"{SITE_FORM}/fillCredentialsIdItems", "admin"))
        for login in ("author", "reader"):
            self.assertEqual(jenkins.post(f"{SITE_FORM}/testConnection", {
                name: str(value) for name, value in site().items()}, login=login).status, 403)
            self.assertEqual(self.values(f"{SITE_FORM}/fillCredentialsIdItems", login), [])
            for field, value in (("Site", "http://a.example"), ("CredentialsId", "nobody"),
                                 ("Jobs", "(")):
                answer = jenkins.must(jenkins.post(f"{SITE_FORM}/check{field}", {"value": value}, login=login))
                self.assertNotRegex(answer.text, "error|warning", field)
            self.assertNotIn(SITE, jenkins.get("/manage/configure", login=login).text)

    def test_steps(self):
        """The names of the sites are for who may configure the job."""
        kinds = [f"steps.{name}" for name in ("SendBuildInfoStep", "SendDeploymentInfoStep",
                                              "CheckGatingStatusStep")]
        kinds += [f"freestyle.{name}" for name in ("SendBuildInfoAction", "SendDeploymentInfoAction")]
        for kind in kinds:
            fill = f"/descriptorByName/{PACKAGE}.{kind}/fillSiteItems"
            with self.subTest(kind):
                self.assertEqual(self.values("/job/theirs" + fill, "author"), [SITE])
                self.assertEqual(self.values("/job/theirs" + fill, "reader"), [])
                self.assertEqual(self.values(fill, "author"), [])
                self.assertEqual(self.values(fill, "admin"), [SITE])
        check = f"/descriptorByName/{PACKAGE}.steps.SendBuildInfoStep/checkWait"
        self.assertIn("error", jenkins.post("/job/theirs" + check, {"value": "x"}, login="author").text)
        self.assertNotIn("error", jenkins.post("/job/theirs" + check, {"value": "x"}, login="reader").text)

    def test_author_builds(self):
        pipeline("authored", "jiraSendBuildInfo()\n", BRANCH_NAME="APP-70")
        jenkins.must(jenkins.post("/job/authored/buildWithParameters?delay=0sec", login="author"), 201)
        self.assertEqual(jenkins.finished("authored", 1)[0], "SUCCESS")
        self.assertEqual(len(builds("authored")), 1)
        page = jenkins.must(jenkins.get("/job/authored/pipeline-syntax/", login="author")).text
        self.assertIn("jiraSendBuildInfo", page)
