"""A department's service, as small as one can be: it says who it is and who asked, over HTTP, at every address of its host.

Run as a program: `service.py NAME PORT`. It knows nothing of the project.
"""

from __future__ import annotations

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    timeout = 5

    def do_GET(self) -> None:
        """Name of the service, and the address that asked."""
        text = json.dumps({"service": sys.argv[1], "client": self.client_address[0].removeprefix("::ffff:")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: a probe asks many times a second."""


class Service(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    Service(("::", int(sys.argv[2])), Answer).serve_forever()
