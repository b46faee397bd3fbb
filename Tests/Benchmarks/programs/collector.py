"""What a collector looks like to those who send to it: answers every POST with a status, after a while.

    collector.py PORT STATUS SECONDS
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, status, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(seconds)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", port), Handler).serve_forever()
