"""Where the image-to-video API is, and how its addresses are built."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from generation.host_name import is_loopback
from generation.rest.address import check_address, check_key, host_of, is_exposed

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
        check_address(self.base)
        if self.version not in PATHS:
            raise ValueError(f"{self.version!r} is none of {', '.join(PATHS)}")
        check_key(self.key)

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
    def exposes_key(self) -> bool:
        """Whether the key would travel unencrypted beyond this machine."""
        return bool(self.key) and is_exposed(self.base)

    @property
    def host_name(self) -> str:
        """The host in small letters, without its port."""
        return host_of(self.base)

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine."""
        return is_loopback(self.host_name)


@dataclass(frozen=True, slots=True)
class VideoTimeouts:
    """How long to wait: for a connection, for an answer to begin, between two parts, for all."""

    connect: timedelta = timedelta(seconds=10)
    answer: timedelta = timedelta(seconds=60)
    idle: timedelta = timedelta(seconds=30)
    whole: timedelta = timedelta(minutes=5)
