"""Durable writes as a file of whole requests for programs/requests.c.

    writes.py deploy|create|change COUNT TOKEN PORT FILE
        that many new deploys, new deployments, or changes of deployments that were made last: to in_progress
"""

import http.client
import json
import secrets
import sys


def request(method, path, body, caller):
    token, port = caller
    text = json.dumps(body, separators=(",", ":"))
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nX-Organisation: acme\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}\0")


def deploy(caller):
    return request("POST", "/api/deploy/events", {
        "sha": secrets.token_hex(20), "outcome": "success", "slot": "blue", "duration_s": 47, "pr_number": 321,
        "pr_title": "feat(edge): smaller steps", "deployed_at": "2026-02-21T10:13:00Z", "origin_ips": ["192.0.2.1"],
    }, caller)


def create(number, caller):
    # Few of a taxonomy: it has a bound of those that are scheduled.
    return request("POST", "/v1/deployments", {
        "name": f"service-{secrets.token_hex(4)}-{number % 100}", "version": f"1.{number}.0", "provider": "aws",
        "type": "k8s", "environment": "production", "commit_sha": secrets.token_hex(20),
        "description": "feat(edge): smaller steps",
    }, caller)


def change(count, caller):
    _, port = caller
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    found, path = [], "/v1/deployments?status=scheduled&limit=1000"
    while path and len(found) < count:
        connection.request("GET", path, headers={"X-Organisation": "acme"})
        answer = connection.getresponse()
        found += [row["id"] for row in json.load(answer)]
        link = answer.getheader("Link") or ""
        path = link[1:link.index(">")] if 'rel="next"' in link else None
    return [request("PATCH", f"/v1/deployments/{id}", {"status": "in_progress"}, caller) for id in found[:count]]


def main():
    what, count, token, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
    caller = token, port
    if what == "deploy":
        requests = [deploy(caller) for _ in range(count)]
    elif what == "create":
        requests = [create(number, caller) for number in range(count)]
    else:
        requests = change(count, caller)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(requests)


main()
