"""What the issuer of OIDC tokens looks like to the queue: its keys at /.well-known/jwks. Before it listens, it makes files
of whole requests for programs/requests.c, with tokens of its own and with forged ones.

    issuer.py PORT FOLDER
"""

import base64
import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, folder = int(sys.argv[1]), sys.argv[2]
KEY_ID, KINDS, REPETITIONS = "benchmark-1", 100, 5


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


key = f"{folder}/key.pem"
openssl("genrsa", "-out", key, "2048")
modulus = bytes.fromhex(openssl("rsa", "-in", key, "-noout", "-modulus").decode().split("=")[1])
public = openssl("rsa", "-in", key, "-pubout")


def encoded(data):
    data = data if isinstance(data, bytes) else json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(text):
    return f"{text}.{encoded(openssl('dgst', '-sha256', '-sign', key, given=text.encode()))}"


def text(number, **changes):
    """Header and claims as GitHub's have them."""
    header = {"typ": "JWT", "alg": "RS256", "x5t": "eA0k1yyTRxCD3jbw2lLJrPFrQlY", "kid": KEY_ID}
    now = int(time.time())
    claims = {
        "jti": f"6f4e2b0c-0000-4000-8000-{number:012}", "sub": "repo:example/app:ref:refs/heads/main",
        "aud": "deployment-queue-api", "iss": f"http://127.0.0.1:{port}", "ref": "refs/heads/main", "sha": "3051037f" * 5,
        "repository": "example/app", "repository_owner": "example", "repository_id": "74", "repository_owner_id": "65",
        "repository_visibility": "private", "run_id": f"{9000 + number}", "run_number": "10", "run_attempt": "2",
        "actor": "octocat", "actor_id": "12", "workflow": "deploy", "head_ref": "", "base_ref": "", "event_name": "push",
        "ref_type": "branch", "runner_environment": "github-hosted", "iat": now, "nbf": now - 300, "exp": now + 86400,
        "job_workflow_ref": "example/app/.github/workflows/deploy.yml@refs/heads/main",
    }
    for part in (header, claims):
        part.update({name: value for name, value in changes.items() if name in part})
    return f"{encoded(header)}.{encoded(claims)}"


def tokens():
    """Of each kind a number of different ones."""
    noise = random.Random(3).randbytes
    past = int(time.time()) - 3600
    valid = [signed(text(number)) for number in range(KINDS)]
    large = [f"{valid[0].split('.')[0]}.{encoded(noise(11_600))}.{encoded(noise(256))}" for _ in range(KINDS)]
    assert all(15_900 < len(token) < 16_384 for token in large)
    unsigned = [text(number, alg="HS256") for number in range(KINDS)]
    return {
        "valid": valid,
        "signature": [f"{token.rsplit('.', 1)[0]}.{encoded(noise(256))}" for token in valid],
        "none": [text(number, alg="none") + "." for number in range(KINDS)],
        "hs256": [f"{token}.{encoded(hmac.digest(public, token.encode(), hashlib.sha256))}" for token in unsigned],
        "kid": [f"{text(number, kid=f'unknown-{number}')}.{encoded(noise(256))}" for number in range(KINDS)],
        "expired": [signed(text(number, exp=past)) for number in range(KINDS)],
        "garbage": [f"{encoded(noise(60))}.{encoded(noise(700))}.{encoded(noise(256))}" for _ in range(KINDS)],
        "large": large,
    }


for name, kinds in tokens().items():
    with open(f"{folder}/{name}", "w", encoding="ascii") as file:
        for token in kinds * REPETITIONS:
            file.write("GET /v1/deployments?limit=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                       f"Authorization: Bearer {token}\r\n\r\n\0")
os.remove(key)

answer = json.dumps({"keys": [{
    "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": encoded(modulus), "e": "AQAB",
}]}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.send_response(200 if self.path == "/.well-known/jwks" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
