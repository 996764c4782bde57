"""A package index of one page on a loopback socket, which pip reads like any other, and that may cut downloads or ignore ranges."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def build_wheel(folder: Path, project: str, version: str, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{project}-{version}-py3-none-any.whl"
    about = f"{project}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nRequires-Dist: not-to-be-fetched\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


@dataclass
class Index:
    """`cut_after`: bytes after which a download breaks off, one entry a download. `lie`: the checksum the page promises instead."""

    folder: Path
    url: str = ""
    cut_after: list[int] = field(default_factory=list)
    ranges: bool = True
    lie: str = ""
    asked: list[str] = field(default_factory=list)

    def page(self) -> bytes:
        links = []
        for wheel in self.folder.glob("*.whl"):
            checksum = self.lie or hashlib.sha256(wheel.read_bytes()).hexdigest()
            links.append(f'<a href="{wheel.name}#sha256={checksum}">{wheel.name}</a>')
        return ("<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>").encode()


def handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = index.page() if self.path == "/" else (index.folder / self.path[1:]).read_bytes()
            wanted = self.headers.get("Range", "")
            start = int(wanted.removeprefix("bytes=").split("-")[0] or 0) if wanted and index.ranges else 0
            if "python-httpx" in self.headers.get("User-Agent", ""):
                index.asked.append(wanted or "all")
            if start >= len(content):
                self.send_response(416)
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Type", "text/html" if self.path == "/" else "application/octet-stream")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            body = content[start:]
            if self.path != "/" and index.cut_after:
                body = body[: index.cut_after.pop(0)]
                self.close_connection = True
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def index_server(folder: Path) -> Iterator[Index]:
    index = Index(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(index))
    index.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
