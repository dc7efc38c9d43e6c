"""Serves the metrics on a port of their own."""

from __future__ import annotations

import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .endpoint import scrape
from .faults import harmless
from .settings import METRICS_PATH, METRICS_PORT


def start_in_workers() -> None:
    """Starts the server in each of gunicorn's workers: they share the port, and all give the same answer.

    Not in a `flask` command or a test. Under another server, call `start_server` in each of its processes.
    """
    starts = getattr(sys, "_metrics_worker_starts", None)
    if starts is not None and start_server not in starts:
        starts.append(start_server)


@harmless("the metrics are not served")
def start_server() -> None:
    """Serves the metrics on METRICS_PORT, else on the port that was chosen for this service, in a thread."""
    port = int(os.environ.get("METRICS_PORT") or METRICS_PORT or 0)
    threading.Thread(target=_Server(("", port), _Handler).serve_forever, name="metrics", daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Not HTTPServer's own, which asks DNS for the name of this host.
        self.socket.bind(self.server_address)


class _Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        self._answer(True)

    def do_HEAD(self) -> None:
        self._answer(False)

    def _answer(self, with_body: bool) -> None:
        if self.path.partition("?")[0] != METRICS_PATH:
            self.send_error(404)
            return
        status, content_type, body, headers = scrape(self.headers.get("Authorization"))
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not worth a line in the log."""
