"""Where the image-to-video API is, and how its addresses are built."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from generation.loopback import is_loopback

Version = Literal["v2beta", "v2alpha"]

PATHS: dict[Version, str] = {
    "v2beta": "/v2beta/image-to-video",
    "v2alpha": "/v2alpha/generation/image-to-video",
}

RESULT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""Stability's ids are 64 characters long; others are taken, but none that changes an address."""


@dataclass(frozen=True, slots=True)
class VideoEndpoint:
    """A base address such as https://api.stability.ai, the key to it and the API's version.

    Raises:
        ValueError: the address is no http(s) one or the key cannot be sent; says what is wrong.
    """

    base: str
    key: str = field(default="", repr=False)
    version: Version = "v2beta"

    def __post_init__(self) -> None:
        # What is wrong is said without the address: a password may stand in it.
        try:
            address = urlsplit(self.base)
            is_address = address.scheme in ("http", "https") and address.hostname
            has_port = address.port != 0
        except ValueError:
            raise ValueError("the address cannot be read") from None
        if not is_address or not has_port:
            raise ValueError("the address is not of the form https://host")
        if address.query or address.fragment or address.username is not None:
            raise ValueError("the address holds more than scheme, host, port and path")
        if self.version not in PATHS:
            raise ValueError(f"{self.version!r} is none of {', '.join(PATHS)}")
        if not (self.key.isascii() and self.key.isprintable()) or self.key != self.key.strip():
            raise ValueError("the key holds spaces at its ends or characters that no key has")

    @property
    def start_url(self) -> str:
        """Where films are started."""
        return self.base.rstrip("/") + PATHS[self.version]

    def result_url(self, result_id: str) -> str:
        """Where a film is asked for.

        Raises:
            ValueError: the id holds characters that would change the address.
        """
        if not RESULT_ID.fullmatch(result_id):
            raise ValueError("that is no id of a film")
        return f"{self.start_url}/result/{result_id}"

    def last_frame_url(self, result_id: str) -> str:
        """Where our own server hands out a film's last frame.

        Raises:
            ValueError: as for `result_url`.
        """
        return f"{self.result_url(result_id)}/last-frame"

    @property
    def host_name(self) -> str:
        """The host in small letters, without its port."""
        return urlsplit(self.base).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine."""
        return is_loopback(self.host_name)

    @property
    def exposes_key(self) -> bool:
        """Whether the key would travel unencrypted beyond this machine."""
        is_encrypted = urlsplit(self.base).scheme == "https"
        return bool(self.key) and not is_encrypted and not self.is_loopback


@dataclass(frozen=True, slots=True)
class VideoTimeouts:
    """How long to wait: for a connection, for an answer to begin, between two parts, for all."""

    connect: timedelta = timedelta(seconds=10)
    answer: timedelta = timedelta(seconds=60)
    idle: timedelta = timedelta(seconds=30)
    whole: timedelta = timedelta(minutes=5)
