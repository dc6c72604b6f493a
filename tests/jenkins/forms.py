"""What a browser sends to Jenkins for its forms: the member "json" of a POST.

Jenkins builds that object with JavaScript out of the names of the fields. Here it is built by hand,
in the same shape, so that no browser is needed.
"""

import json
import re


def system(page, name, ours):
    """The page with the system's settings: our part, and the parts that would otherwise be emptied."""
    if not re.search(rf'name="{re.escape(name)}"', page):
        raise AssertionError(f"the page has no section {name}")
    sites = ours["sites"]
    ours = {"wait": ours["wait"], "paused": ours["paused"]}
    if sites:  # one is an object, several are an array, none is no member at all
        ours["sites"] = sites[0] if len(sites) == 1 else sites
    url = re.search(r'name="_\.url"[^>]*?value="([^"]*)"|value="([^"]*)"[^>]*?name="_\.url"', page)
    location = {"url": (url.group(1) or url.group(2)) if url else "", "adminAddress": ""}
    return json.dumps({
        "system_message": "", name: ours,
        "jenkins-model-MasterBuildConfiguration": {
            "numExecutors": "4", "labelString": "", "mode": "NORMAL"},
        "jenkins-model-JenkinsLocationConfiguration": location})


def freestyle(publishers):
    """The page of a freestyle job without anything but post-build actions."""
    return json.dumps({
        "name": "freestyle", "description": "", "enable": True, "properties": {"stapler-class-bag": "true"},
        "scm": {"value": "0", "stapler-class": "hudson.scm.NullSCM", "$class": "hudson.scm.NullSCM"},
        "publisher": publishers[0] if len(publishers) == 1 else publishers,
        "core:apply": ""})
