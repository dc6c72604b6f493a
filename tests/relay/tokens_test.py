"""Tokens and ID tokens: who is let in, and every way of getting in that must not work."""

import json
import time
import unittest

from relay import Relay, build, caller, deployment
from sandbox import Sandbox
from tokens import Issuer, Key, b64


def oidc(name, issuer, claims, audience="https://relay.example.com", **members):
    settings = {"issuer": issuer.url, "audience": audience, "claims": claims}
    settings.update({key: members.pop(key) for key in ("jwks", "caFile") if key in members})
    return {"name": name, "oidc": settings, "pipelines": ["{project_path}", "{project_path}/**"],
            "environments": ["{environment}"], **members}


class TokensTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.key, cls.curve = Key("one"), Key("two", "P-256")
        cls.stranger = Key("one")
        cls.issuer = Issuer(cls.key, cls.curve)
        cls.other = Issuer(cls.stranger)
        cls.relay = Relay(cls.sandbox, callers=[
            caller(), oidc("gitlab", cls.issuer, {"namespace_path": "shop"}),
            oidc("second", cls.other, {"namespace_path": "shop"})])

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        cls.issuer.stop()
        cls.other.stop()
        cls.sandbox.stop()

    def who(self, token, relay=None):
        return (relay or self.relay).get("/v1/whoami", token=token)

    def let_in(self, token, name="gitlab"):
        answer = self.who(token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["name"], name)
        return answer.json()

    def turned_away(self, token, status=401):
        answer = self.who(token)
        self.assertEqual(answer.status, status, (token[:60], answer.body))
        if status == 401:
            self.assertNotIn("kid", answer.detail())
            self.assertIn("WWW-Authenticate", answer.headers)

    def test_true_ones(self):
        seen = self.let_in(self.issuer.token(self.key))
        self.assertEqual(seen["pipelines"], ["shop/app", "shop/app/**"])
        self.assertEqual(seen["environments"], ["prod-eu"])
        self.let_in(self.issuer.token(self.key, "PS256"))
        self.let_in(self.issuer.token(self.curve))
        self.let_in(self.other.token(self.stranger), "second")
        self.let_in(self.issuer.token(self.key, aud=["x", "https://relay.example.com"]))
        now = time.time()
        self.let_in(self.issuer.token(self.key, exp=now - 30, nbf=now + 30, iat=now + 30.5))
        self.let_in(self.issuer.token(self.key, nbf=None, iat=None))
        # What others send as a hint where a key might be found is passed over.
        self.let_in(self.issuer.token(self.key, header={"jku": self.other.url + "/keys", "x5u": "x",
                                                        "jwk": self.stranger.jwk()}))

    def test_project_a_cannot_tell_of_project_b(self):
        token = self.issuer.token(self.key)
        good = deployment(1, environment="prod-eu", pipelineId="shop/app/main")
        self.assertEqual(self.relay.post(good, token=token).status, 200)
        for document in (deployment(1, environment="prod-eu", pipelineId="shop/other"),
                         deployment(1, environment="prod-us", pipelineId="shop/app"),
                         build(1, pipelineId="shop/app/../other"), build(1, pipelineId="shop/apple"),
                         build(1, pipelineId="shop%2fapp")):
            answer = self.relay.post(document, token=token)
            if document["pipelineId"] == "shop/app/../other":
                self.assertEqual(answer.status, 200, "a text, not a path")
                continue
            self.assertEqual(answer.status, 403, document)
            self.assertIn("rule 'gitlab'", answer.detail())
        for claim in ("*", "**", "shop/*"):
            token = self.issuer.token(self.key, project_path=claim)
            self.assertEqual(self.relay.post(build(1, pipelineId="shop/other"), token=token).status, 403)
        token = self.issuer.token(self.key, environment=None)
        self.assertEqual(self.relay.post(good, token=token).status, 403)

    def test_genuine_but_no_rule(self):
        self.turned_away(self.issuer.token(self.key, namespace_path="elsewhere"), 403)
        self.turned_away(self.issuer.token(self.key, namespace_path=None), 403)
        self.turned_away(self.issuer.token(self.key, namespace_path=["shop"]), 403)

    def test_times_and_audience(self):
        now = int(time.time())
        for changes in ({"exp": now - 61}, {"exp": None}, {"exp": str(now + 100)}, {"nbf": now + 90},
                        {"iat": now + 90}, {"nbf": "now"}, {"aud": "else"}, {"aud": None},
                        {"aud": ["else"]}, {"aud": [7, "https://relay.example.com"]},
                        {"iss": "https://else.example.com"}, {"iss": None}, {"exp": 0}):
            self.turned_away(self.issuer.token(self.key, **changes))

    def test_algorithms(self):
        for algorithm in ("none", "HS256", "RS512"):
            self.turned_away(self.issuer.token(self.key, algorithm))
        self.turned_away(self.issuer.token(self.key, "RS256", header={"alg": "PS256"}))
        self.turned_away(self.issuer.token(self.key, "RS256", header={"alg": "ES256"}))
        self.turned_away(self.issuer.token(self.key, "RS256", header={"alg": "rs256"}))
        self.turned_away(self.issuer.token(self.key, "RS256", header={"alg": None}))
        self.turned_away(self.issuer.token(self.curve, "ES256", header={"kid": "one"}))

    def test_headers(self):
        for header in ({"crit": ["exp"]}, {"b64": False}, {"kid": None}, {"kid": 7}, {"kid": ""},
                       {"kid": "x" * 201}, {"kid": "../../one"}):
            self.turned_away(self.issuer.token(self.key, header=header))
        twice = b'{"alg":"RS256","kid":"one","alg":"RS256"}'
        self.turned_away(self.issuer.token(self.key, raw_header=twice))

    def test_claims_are_strict_json(self):
        claims = json.dumps(self.issuer.claims())
        for text in (claims[:-1] + ',"namespace_path":"shop"}', claims[:-1] + ",}", "[" + claims + "]",
                     claims + " x", claims.replace('"exp": ', '"exp": 1e999, "x": ')):
            self.turned_away(self.issuer.token(self.key, raw_claims=text.encode()))

    def test_form(self):
        token = self.issuer.token(self.key)
        first, second, third = token.split(".")
        for wrong in (f"{first}.{second}", f"{token}.", f"{first}.{second}.", f".{second}.{third}",
                      f"{first}=.{second}.{third}", f"{first}.{second}.{third}=", f"{token}.x",
                      f"{first}.{second}.{third[:-4]}AAAA", f"{first}.{second}.{third}A",
                      token.replace(".", ". ", 1), "a.b.c", "..", "x" * 13000,
                      f"{first}.{second}.{b64(b'x' * 256)}"):
            self.turned_away(wrong)
        # The last digit holds bits that count for nothing: another one would be the same bytes.
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = alphabet[alphabet.index(third[-1]) ^ 1]
        self.turned_away(f"{first}.{second}.{third[:-1]}{last}")

    def test_signature_of_another(self):
        self.turned_away(self.issuer.token(self.stranger))
        self.turned_away(self.other.token(self.key))
        first, _, third = self.issuer.token(self.key).split(".")
        forged = b64(json.dumps(self.issuer.claims(project_path="bank/core")).encode())
        self.turned_away(f"{first}.{forged}.{third}")

    def test_bearer(self):
        for header in ("Basic cGF5OnRva2Vu", "Bearer", "Bearer ", "Token token-of-payments",
                       "Bearer token-of-payments x"):
            answer = self.relay.get("/v1/whoami", headers={"Authorization": header}, token=None)
            self.assertEqual(answer.status, 401, header)
        answer = self.relay.get("/v1/whoami", headers={"Authorization": "bearer token-of-payments"},
                                token=None)
        self.assertEqual(answer.status, 200)


class KeysTest(unittest.TestCase):
    """Keys of issuers: where they come from, and what happens without them."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.key = Key("one")

    @classmethod
    def tearDownClass(cls):
        cls.sandbox.stop()

    def world(self, *keys, start=True, **members):
        issuer = Issuer(*(keys or (self.key,)))
        self.addCleanup(issuer.stop)
        relay = Relay(self.sandbox, start=False,
                      callers=[caller(), oidc("gitlab", issuer, {"namespace_path": "shop"}, **members)])
        self.addCleanup(relay.close)
        if start:
            relay.start()
        return issuer, relay

    def status(self, relay, token):
        return relay.get("/v1/whoami", token=token).status

    def test_unsuitable_keys(self):
        small, curve = Key("small", bits=1024), Key("curve", "P-384")
        good = [Key(name) for name in ("enc", "wrap", "ps")]
        issuer, relay = self.world(self.key)
        issuer.keys += [small.jwk(), curve.jwk(), good[0].jwk(use="enc"), good[1].jwk(key_ops=["wrapKey"]),
                        good[2].jwk(alg="PS256"), {"kty": "oct", "kid": "oct", "k": "AAAA"}, 7,
                        {"kty": "RSA", "kid": "empty"}]
        relay.restart()
        self.assertEqual(self.status(relay, issuer.token(self.key)), 200)
        for key in (small, good[0], good[1]):
            self.assertEqual(self.status(relay, issuer.token(key)), 401, key.kid)
        self.assertEqual(self.status(relay, issuer.token(good[2], "RS256")), 401)
        self.assertEqual(self.status(relay, issuer.token(good[2], "PS256")), 200)

    def test_new_key_is_found(self):
        issuer, relay = self.world()
        self.assertEqual(self.status(relay, issuer.token(self.key)), 200)
        new = Key("new")
        issuer.keys.append(new.jwk())
        self.assertEqual(self.status(relay, issuer.token(new)), 200)
        asked = len(issuer.asked)
        for number in range(20):
            self.assertEqual(self.status(relay, issuer.token(self.key, header={"kid": f"x{number}"})), 401)
        self.assertEqual(len(issuer.asked), asked, "at most once a minute")

    def test_issuer_away(self):
        issuer, relay = self.world()
        self.assertEqual(self.status(relay, issuer.token(self.key)), 200)
        issuer.answers = {"/.well-known/openid-configuration": (500, {}, b"")}
        self.assertEqual(self.status(relay, issuer.token(self.key)), 200, "known keys serve on")
        relay.restart()
        answer = relay.get("/v1/whoami", token=issuer.token(self.key))
        self.assertEqual(answer.status, 503)
        self.assertIn("Retry-After", answer.headers)
        self.assertEqual(self.status(relay, relay.token), 200, "others are not concerned")

    def test_slow_issuer_keeps_nobody_else_waiting(self):
        issuer, relay = self.world(start=False)
        issuer.delay = 3
        relay.start()
        connection = relay.connect()
        connection.request("GET", "/v1/whoami", headers={
            "Authorization": "Bearer " + issuer.token(self.key)})
        began = time.monotonic()
        self.assertEqual(relay.get("/v1/whoami").status, 200)
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(connection.getresponse().status, 200)
        self.assertGreater(time.monotonic() - began, 2)

    def test_bad_discovery(self):
        far = Issuer(self.key)
        self.addCleanup(far.stop)
        for configuration in ({"issuer": "https://else", "jwks_uri": "{url}/keys"},
                              {"issuer": "{url}", "jwks_uri": far.url + "/keys"},
                              {"issuer": "{url}"}, [], {"issuer": "{url}", "jwks_uri": "file:///etc/passwd"}):
            issuer, relay = self.world(start=False)
            body = json.dumps(configuration).replace("{url}", issuer.url)
            issuer.answers["/.well-known/openid-configuration"] = (200, {}, body.encode())
            relay.start()
            self.assertEqual(self.status(relay, issuer.token(self.key)), 503, configuration)
            self.assertNotIn("/keys", issuer.asked)
        self.assertEqual(far.asked, [])

    def test_huge_and_redirected_keys(self):
        for answer in ((200, {}, b"{" + b" " * 2_000_000 + b"}"), (302, {"Location": "/keys2"}, b""),
                       (200, {}, b"<html>"), (200, {}, b'{"keys":[]}')):
            issuer, relay = self.world(start=False)
            issuer.answers["/keys"] = answer
            issuer.answers["/keys2"] = issuer.answer("/keys2")
            relay.start()
            self.assertEqual(self.status(relay, issuer.token(self.key)), 503)
            self.assertNotIn("/keys2", issuer.asked)

    def test_given_jwks(self):
        far = Issuer(self.key)
        self.addCleanup(far.stop)
        issuer, relay = self.world(jwks=far.url + "/keys")
        self.assertEqual(self.status(relay, issuer.token(self.key)), 200)
        self.assertEqual(issuer.asked, [])


class WrongOnesTest(unittest.TestCase):
    def test_wrong_tokens_are_limited_and_true_ones_never(self):
        with Sandbox() as sandbox, Relay(sandbox) as relay:
            connection = relay.connect()
            seen = []
            for number in range(1500):
                connection.request("GET", "/v1/whoami", headers={"Authorization": f"Bearer x{number}"})
                answer = connection.getresponse()
                answer.read()
                seen.append(answer.status)
            self.assertEqual(seen[:300], [401] * 300)
            self.assertEqual(set(seen[300:]), {429})
            self.assertTrue(1 <= int(answer.headers["Retry-After"]) <= 60)
            self.assertEqual(relay.get("/v1/whoami").status, 200)
            time.sleep(2.2)
            relay.get("/v1/whoami")
            lines = relay.log()
            self.assertLess(len(lines), 200, "the log is bounded")
            self.assertGreater(sum(line.get("refused", 0) for line in lines), 1300)


if __name__ == "__main__":
    unittest.main()
