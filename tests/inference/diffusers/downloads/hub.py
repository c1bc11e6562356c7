"""A small hub on loopback: what huggingface_hub asks of a real one, model info and files."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(slots=True)
class Hub:
    """What the hub has, what was asked of it, and how it fails."""

    folders: dict[str, Path] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and Range of each request."""
    breaks_after: int = 0
    """After so many bytes of a large file the connection breaks; 0 for never."""
    gated: dict[str, HTTPStatus] = field(default_factory=dict[str, HTTPStatus])
    """Repositories whose licence has to be accepted first, with the answer to who has not."""
    spoils: str = ""
    """The file of that name arrives with other bytes."""
    answers: dict[str, HTTPStatus] = field(default_factory=dict[str, HTTPStatus])
    """Parts of paths that are answered with nothing but a status."""
    tells: Callable[[dict[str, Any]], None] = lambda told: None
    """Changes what is told of a repository."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """What is said of every file in place of what would be right."""
    has_ranges: bool = True
    """Whether it sends the part of a file that is asked for, rather than all of it."""
    endpoint: str = ""

    def content(self, repository: str, path: str) -> bytes:
        """The bytes of a file."""
        return (self.folders[repository] / path).read_bytes()


@contextmanager
def serving() -> Generator[Hub]:
    """A hub that answers while the block lasts."""
    hub = Hub()

    class Handler(_Handler):
        state = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Tests look at `Hub.asked`."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.state.asked.append((self.command, path, self.headers.get("Range", "")))
        for repository, status in self.state.gated.items():
            if repository in path and "Authorization" not in self.headers:
                self._send(status, b"{}", {"X-Error-Code": "GatedRepo"})
                return
        for part, status in self.state.answers.items():
            if part in path:
                self._send(status, b"", {"Retry-After": "0"})
                return
        if path.startswith("/api/models/"):
            self._tell_info(path.removeprefix("/api/models/").partition("/revision/")[0])
            return
        owner, name, word, *rest = [*path.strip("/").split("/"), "", ""]
        repository, file = f"{owner}/{name}", "/".join(rest[1:]).strip("/")
        folder = self.state.folders.get(repository)
        if word != "resolve" or folder is None or not (folder / file).is_file():
            self._send(HTTPStatus.NOT_FOUND, b"", {"X-Error-Code": "EntryNotFound"})
            return
        self._send_file(repository, file, with_body=with_body)

    def _tell_info(self, repository: str) -> None:
        folder = self.state.folders.get(repository)
        if folder is None:
            self._send(HTTPStatus.NOT_FOUND, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            data = path.read_bytes()
            told: dict[str, object] = {
                "rfilename": str(path.relative_to(folder)),
                "size": len(data),
                "blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(),
            }
            if path.suffix == ".safetensors":
                sha256 = hashlib.sha256(data).hexdigest()
                told["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 134}
            siblings.append(told)
        body: dict[str, Any] = {"id": repository, "sha": COMMIT, "siblings": siblings, "tags": []}
        self.state.tells(body)
        self._send(HTTPStatus.OK, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _send_file(self, repository: str, file: str, *, with_body: bool) -> None:
        data = self.state.content(repository, file)
        etag = hashlib.sha256(data).hexdigest()
        if file == self.state.spoils:
            data = bytes(reversed(data))
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        status, begin = HTTPStatus.OK, 0
        asked = self.headers.get("Range") if self.state.has_ranges else None
        if asked:
            begin = int(asked.removeprefix("bytes=").partition("-")[0])
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self._send(status, data[begin:], headers | self.state.headers, with_body=with_body)

    def _send(
        self, status: HTTPStatus, body: bytes, headers: dict[str, str], *, with_body: bool = True
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if not with_body or self.command == "HEAD":
            return
        limit = self.state.breaks_after
        if limit and len(body) > limit:
            self.state.breaks_after = 0
            self.wfile.write(body[:limit])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            return
        self.wfile.write(body)
