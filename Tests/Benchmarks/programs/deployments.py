"""Signed calls for deployments, as a file of whole requests for programs/clients.c.

    deployments.py COUNT SERVICES SECRET FILE

All wait for their turn, one after the other for site-0, site-1 … Each deploys a commit of its own: its number in the
file, the first is 0, in decimal digits.
"""

import hashlib
import hmac
import json
import sys


def call(number, services, secret):
    body = json.dumps({"service": f"site-{number % services}", "image_sha": f"{number:040}", "mode": "wait"})
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    head = (
        "POST /deploy HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}",
        f"X-Hub-Signature-256: sha256={signature}")
    return "\r\n".join(head) + "\r\n\r\n" + body


def main(count, services, secret, path):
    with open(path, "w", encoding="ascii") as file:
        for number in range(int(count)):
            file.write(call(number, int(services), secret) + "\0")


main(*sys.argv[1:])
