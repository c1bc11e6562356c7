"""The playground's CDN: files under signed addresses that expire, as Discord's do."""

from __future__ import annotations

import hmac
import mimetypes
import re
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from playground.world import media_types
from playground.world.components import media
from playground.world.messages import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playground.wire import Json
    from playground.world.messages import Message
    from playground.world.snowflakes import Clock, Snowflakes

VALID_FOR_S = 24 * 3600
IS_SPOILER = 1 << 3
_EMBEDDED = ("image", "thumbnail")
_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "video/", "audio/")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-]+")


class Cdn:
    """Every stored file by its id, and the addresses under which it is served."""

    def __init__(self, clock: Clock, ids: Snowflakes) -> None:
        self.base_url = ""
        self._clock = clock
        self._ids = ids
        self._secret = secrets.token_bytes(16)
        self._files: dict[str, Attachment] = {}

    def store(
        self, channel_id: str, filename: str, data: bytes, declared: str | None = None
    ) -> Attachment:
        """Keep a file; its type follows from its bytes, its name, then what the sender declared."""
        name = stored_name(filename)
        kind = media_types.content_type(data) or mimetypes.guess_type(name)[0] or declared
        kind = kind or "application/octet-stream"
        attachment = Attachment(self._ids.next(), channel_id, name, kind, data)
        size = media_types.dimensions(data, kind)
        attachment.width, attachment.height = size or (None, None)
        self._files[attachment.id] = attachment
        return attachment

    def get(self, attachment_id: str) -> Attachment | None:
        """The stored file with this id."""
        return self._files.get(attachment_id)

    def forget(self, attachments: Iterable[Attachment]) -> None:
        """Drop files, as when their message is deleted."""
        for attachment in attachments:
            self._files.pop(attachment.id, None)

    def url(self, attachment: Attachment) -> str:
        """A signed address, valid for a day."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        name = quote(attachment.filename)
        path = f"/{folder}/{attachment.channel_id}/{attachment.id}/{name}"
        issued = int(self._clock.now())
        expires = issued + VALID_FOR_S
        signed = self._signature(attachment.id, f"{expires:x}", f"{issued:x}")
        return f"{self.base_url}{path}?ex={expires:x}&is={issued:x}&hm={signed}"

    def payload(self, attachment: Attachment) -> Json:
        """The attachment object of Discord's API."""
        url = self.url(attachment)
        body: Json = {
            "id": attachment.id,
            "filename": attachment.filename,
            "size": len(attachment.data),
            "url": url,
            "proxy_url": url,
            "content_type": attachment.content_type,
            "flags": IS_SPOILER if attachment.spoiler else 0,
        }
        if attachment.width is not None:
            body |= {"width": attachment.width, "height": attachment.height}
        if attachment.description is not None:
            body["description"] = attachment.description
        if attachment.ephemeral:
            body["ephemeral"] = True
        return body

    def media(self, attachment: Attachment) -> Json:
        """The unfurled media item that a component shows for an attachment."""
        url = self.url(attachment)
        return {
            "id": self._ids.next(),
            "url": url,
            "proxy_url": url,
            "width": attachment.width,
            "height": attachment.height,
            "content_type": attachment.content_type,
            "attachment_id": attachment.id,
        }

    def refresh(self, message: Message) -> None:
        """Sign the addresses in a message's components and embeds anew when they grow old."""
        now = self._clock.now()
        if now < message.signed_at + VALID_FOR_S / 2:
            return
        message.signed_at = now
        shown = [reference for _, reference in media(message.components)]
        shown += [embed[key] for embed in message.embeds for key in _EMBEDDED if embed.get(key)]
        for reference in shown:
            attachment = self._files.get(reference.get("attachment_id", ""))
            if attachment is not None:
                reference["url"] = reference["proxy_url"] = self.url(attachment)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET an attachment; unsigned, forged and expired addresses get Discord's 404."""
        attachment = self._files.get(request.match_info["attachment_id"])
        matches = attachment is not None and attachment.filename == request.match_info["name"]
        if attachment is None or not matches or not self._is_signed(attachment, request):
            return web.Response(status=404, text="This content is no longer available.")
        return _file_response(request, attachment)

    def _signature(self, attachment_id: str, expires: str, issued: str) -> str:
        text = f"{attachment_id}:{expires}:{issued}".encode()
        return hmac.new(self._secret, text, sha256).hexdigest()

    def _is_signed(self, attachment: Attachment, request: web.Request) -> bool:
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        wanted = self._signature(attachment.id, expires, issued)
        if not hmac.compare_digest(wanted, request.query.get("hm", "")):
            return False
        return int(expires, 16) > self._clock.now()


def stored_name(filename: str) -> str:
    """The name that a file gets on the CDN: ASCII letters, digits, `_`, `-` and `.`."""
    return _UNSAFE.sub("_", filename).strip("_") or "unknown"


def _file_response(request: web.Request, attachment: Attachment) -> web.Response:
    data, status = attachment.data, 200
    headers = {
        "Content-Type": attachment.content_type,
        "Cache-Control": "private, max-age=31536000",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if not attachment.content_type.startswith(_INLINE):
        # The page shares this origin: a stored HTML or SVG file must not run there. A sandbox
        # around a film would keep it from playing in a tab of its own.
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        headers["Content-Disposition"] = f'attachment; filename="{attachment.filename}"'
    try:
        wanted = request.http_range
    except ValueError:
        return _not_satisfiable(data)
    if wanted.start is not None or wanted.stop is not None:
        start, stop, _ = slice(wanted.start, wanted.stop).indices(len(data))
        if start >= stop:
            return _not_satisfiable(data)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        data, status = data[start:stop], 206
    return web.Response(body=data, status=status, headers=headers)


def _not_satisfiable(data: bytes) -> web.Response:
    return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
