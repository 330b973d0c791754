"""A provider that says whatever the test wants, signed or not: what a real one never would."""

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

WANJIRU = {
    "sub": "u-1", "preferred_username": "wanjiru", "email": "wanjiru@example.org", "name": "Wanjiru Otieno",
    "groups": ["sms-all"],
}  # fmt: skip
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Saying:
    """Its fields are what it says; `asked` counts what it was asked for."""

    client_id, client_secret = "portal", "secret"

    def __init__(self):
        self.key, self.other_key = KEY, OTHER_KEY
        self.key_name = "one"
        self.asked, self.posted, self.bodies = [], {}, {}
        self.signed, self.userinfo, self.document = {}, dict(WANJIRU), {}
        self.signs_with, self.algorithm = self.key, "RS256"

    def knows(self, **claims):
        self.userinfo = WANJIRU | claims

    def begin(self, client, page="/sign-in/oidc"):
        """What the portal asks of it; the test goes there in place of a browser."""
        answer = client.get(page)
        assert answer.status_code == 302, answer.content.decode()
        self.query = {name: value for name, (value,) in parse_qs(urlsplit(answer["Location"]).query).items()}
        return self.query

    def come_back(self, client, **more):
        return client.get("/sign-in/oidc/callback", {"state": self.query["state"], "code": "c"} | more)

    def sign_in(self, client, page="/sign-in/oidc"):
        self.begin(client, page)
        return self.come_back(client)

    def answer(self, path, posted):
        self.asked.append(path)
        if path in self.bodies:
            return self.bodies[path]
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/me",
            } | self.document  # fmt: skip
        if path == "/keys":
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return {"keys": [public | {"kid": self.key_name, "alg": "RS256", "use": "sig"}]}
        if path == "/me":
            return self.userinfo
        self.posted = {name: value for name, (value,) in parse_qs(posted).items()}
        challenge = hashlib.sha256(self.posted["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(challenge).decode().rstrip("=") == self.query["code_challenge"]
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "portal", "sub": "u-1", "iat": now, "exp": now + 60, "auth_time": now,
            "nonce": self.query["nonce"],
        } | self.signed  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(claims, self.signs_with, self.algorithm, headers={"kid": self.key_name})
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


@contextmanager
def saying_provider():
    saying = Saying()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            posted = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            said = saying.answer(urlsplit(self.path).path, posted)
            status, said = said if isinstance(said, tuple) else (200, said)
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - its name

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    saying.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield saying
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
