"""A model behind the remote engine that writes the beginning of a text and then waits to be let go on, so that a reply can be caught in the middle."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST = 5  # words that are written before it waits


class HaltingWriter:
    """Writes `text` whatever is asked. `halt` lets the next ones stop after a few words, `go_on` lets all of them finish."""

    def __init__(self, text: str) -> None:
        self.words = [word + " " for word in text.split()]
        self.url = ""
        self._free = threading.Event()
        self._free.set()

    def halt(self) -> None:
        self._free.clear()

    def go_on(self) -> None:
        self._free.set()

    def pieces(self) -> Iterator[str]:
        for number, word in enumerate(self.words):
            if number == FIRST:
                self._free.wait()
            yield word


@contextmanager
def halting_writer(text: str) -> Iterator[HaltingWriter]:
    """It listens on a free port of its own until the block ends."""
    model = HaltingWriter(text)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for piece in model.pieces():
                    self._say({"delta": {"content": piece}})
                self._say({"delta": {}, "finish_reason": "stop"})
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                pass  # whoever listened was killed, which is what this is for

        def _say(self, choice: dict[str, object]) -> None:
            self.wfile.write(b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n")
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        model.go_on()
        server.shutdown()
        thread.join()
        server.server_close()
