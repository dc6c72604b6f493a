"""The least that Python has to do for one event: a token and a POST, on one connection.

    two_requests.py ORIGIN CA_FILE CLIENT_ID CLIENT_SECRET CLOUD_ID BODY_FILE
"""

import http.client
import json
import ssl
import sys
import urllib.parse

origin, ca_file, client_id, secret, cloud_id, body_file = sys.argv[1:]
parts = urllib.parse.urlsplit(origin)
context = ssl.create_default_context(cafile=ca_file)
connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
JSON = {"Content-Type": "application/json"}
connection.request("POST", "/oauth/token", json.dumps({
    "audience": "api.atlassian.com", "grant_type": "client_credentials", "client_id": client_id,
    "client_secret": secret}), JSON)
token = json.load(connection.getresponse())["access_token"]
with open(body_file, "rb") as file:
    body = file.read()
connection.request("POST", f"/jira/builds/0.1/cloud/{cloud_id}/bulk", body,
                   {**JSON, "Authorization": "Bearer " + token})
answer = connection.getresponse()
said = json.loads(answer.read())
sys.exit(0 if answer.status == 202 and not said["rejectedBuilds"] else 1)
