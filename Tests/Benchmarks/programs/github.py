"""What GitHub looks like to a cache in front of it: every GET is answered at once with a list of issues of 8 kB, but one
that asks whether something has changed (If-None-Match) only after ten minutes, so that what is stale stays so.

    github.py PORT
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port = int(sys.argv[1])
SIZE = 8192


def issue(number, body):
    url = f"https://api.github.com/repos/example/app/issues/{number}"
    page = f"https://github.com/example/app/issues/{number}"
    return {
        "url": url, "comments_url": f"{url}/comments", "html_url": page, "id": 1900000000 + number, "number": number,
        "title": f"Deploy stops at 50 % – part {number}", "state": "open", "locked": False, "comments": number % 7,
        "user": {"login": f"octocat-{number}", "id": 583231 + number, "type": "User", "site_admin": False},
        "labels": [{"id": 208045946, "name": "type:bug", "color": "f29513", "default": True}],
        "assignee": None, "milestone": None, "created_at": "2026-02-21T10:13:00Z", "updated_at": "2026-02-21T11:13:00Z",
        "closed_at": None, "author_association": "MEMBER", "body": body,
    }


def text(issues):
    return json.dumps(issues, separators=(",", ":"), ensure_ascii=False).encode()


issues = [issue(300 + index, "What happens: it stops, and says nothing.") for index in range(11)]
issues[-1]["body"] += "." * (SIZE - len(text(issues)))
body = text(issues)
assert len(body) == SIZE, len(body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.headers["If-None-Match"]:
            time.sleep(600)
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", 'W/"5d41402abc4b2a76b9719d911017c592c1b9c6a2e9b6b3e4"')
        self.send_header("X-RateLimit-Limit", "5000")
        self.send_header("X-RateLimit-Remaining", "4987")
        self.send_header("X-RateLimit-Reset", str(int(time.time()) // 3600 * 3600 + 3600))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", port), Handler).serve_forever()
