"""A small S3 on loopback: objects in memory, listed page by page; a fake at the wire."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as Xml

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import pytest

BUCKET, PREFIX = "pictures", "of/atelier"
PLACE = f"s3://{BUCKET}/{PREFIX}"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
PAGE = 2
"""Objects on a page of a list; the real one has a thousand."""

LARGEST = 64 << 20


@dataclass
class FakeS3:
    """One bucket. `is_away` answers everything with 503; what it does not know, with 501."""

    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    written_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    requests: list[str] = field(default_factory=list[str])
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    is_away: bool = False

    @property
    def folders(self) -> set[str]:
        """Whose objects there are, below the prefix of `PLACE`."""
        return {key.removeprefix(f"{PREFIX}/").partition("/")[0] for key in self.objects}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        key = unquote(request.raw_path.partition("?")[0]).removeprefix(f"/{BUCKET}").lstrip("/")
        self.requests.append(f"{request.method} {key}?{request.query_string}")
        if self.is_away:
            return _error(503, "SlowDown")
        if not request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return _error(403, "AccessDenied")
        if request.method == "GET" and not key and request.query.get("list-type") == "2":
            return self._list(request)
        if request.method == "POST" and not key and "delete" in request.query:
            return self._delete_some(await request.read())
        if key and not request.query_string:
            return self._object(request.method, key, await request.read())
        return _error(501, "NotImplemented")

    def _object(self, method: str, key: str, body: bytes) -> web.StreamResponse:
        if method == "PUT":
            self.objects[key], self.written_at[key] = body, self.now
            return web.Response(headers={"ETag": _etag(body)})
        if method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        if method != "GET":
            return _error(501, "NotImplemented")
        if key not in self.objects:
            return _error(404, "NoSuchKey")
        data = self.objects[key]
        written = self.written_at[key].strftime("%a, %d %b %Y %H:%M:%S GMT")
        return web.Response(body=data, headers={"ETag": _etag(data), "Last-Modified": written})

    def _list(self, request: web.Request) -> web.Response:
        prefix = request.query.get("prefix", "")
        after = request.query.get("continuation-token", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        page, rest = keys[:PAGE], keys[PAGE:]
        root = Xml.Element("ListBucketResult", xmlns=NAMESPACE)
        _add(root, "Name", BUCKET)
        _add(root, "Prefix", prefix)
        _add(root, "KeyCount", str(len(page)))
        _add(root, "IsTruncated", "true" if rest else "false")
        if rest:
            _add(root, "NextContinuationToken", page[-1])
        for key in page:
            item = Xml.SubElement(root, "Contents")
            _add(item, "Key", key)
            _add(item, "LastModified", self.written_at[key].strftime("%Y-%m-%dT%H:%M:%S.000Z"))
            _add(item, "ETag", _etag(self.objects[key]))
            _add(item, "Size", str(len(self.objects[key])))
            _add(item, "StorageClass", "STANDARD")
        return _xml(root)

    def _delete_some(self, body: bytes) -> web.Response:
        asked = Xml.fromstring(body)
        root = Xml.Element("DeleteResult", xmlns=NAMESPACE)
        for item in asked.iter():
            if item.tag.endswith("Key") and item.text:
                self.objects.pop(item.text, None)
                _add(Xml.SubElement(root, "Deleted"), "Key", item.text)
        return _xml(root)


@asynccontextmanager
async def serving_s3(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FakeS3]:
    """A running one, and what an operator sets in the environment for it."""
    s3 = FakeS3()
    application = web.Application(client_max_size=LARGEST)
    application.router.add_route("*", "/{path:.*}", s3.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    for name, value in {
        "AWS_ENDPOINT": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "somewhere",
        "AWS_ACCESS_KEY_ID": "a name",
        "AWS_SECRET_ACCESS_KEY": "a secret",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        yield s3
    finally:
        await runner.cleanup()


def _add(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = text


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _xml(root: Xml.Element, status: int = 200) -> web.Response:
    return web.Response(body=Xml.tostring(root), status=status, content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    root = Xml.Element("Error")
    _add(root, "Code", code)
    _add(root, "Message", code)
    return _xml(root, status)
