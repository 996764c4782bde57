"""A reverse proxy set up badly: it waits for the whole answer, knows no upgrades, and may drop, add or replace headers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_OWN = {"connection", "transfer-encoding", "content-length", "content-encoding", "upgrade", "date", "server"}


@dataclass(frozen=True)
class Faults:
    """`dropped` answer headers by name, `added` ones, `host` sent on in place of the one that came, `answers` for some paths."""

    dropped: frozenset[str] = frozenset()
    added: dict[str, str] = field(default_factory=dict)
    host: str = ""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)


@contextmanager
def spoiling_proxy(target: str, faults: Faults = Faults()) -> Iterator[str]:
    """Its base URL; forwards to `target` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, kept, content = self._there(body)
            self.send_response(status)
            for name, value in (kept | faults.added).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _there(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            if self.path in faults.answers:
                status, text = faults.answers[self.path]
                return status, {"Content-Type": "application/json"}, text.encode()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            headers |= {"Host": faults.host} if faults.host else {}
            answer = httpx.request(self.command, target + self.path, headers=headers, content=body, timeout=10)
            kept = {name: value for name, value in answer.headers.items() if name not in _OWN and name not in faults.dropped}
            return answer.status_code, kept, answer.content

        do_GET = do_POST = handle_any  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(5)
