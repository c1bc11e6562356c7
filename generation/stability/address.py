"""Where Stability's REST API is, and how long it is waited for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from generation.rest.address import check_address, check_key, host_of, is_exposed
from generation.stability.operations import PREFIX

SERVICE = "https://api.stability.ai"

RESULT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""Stability's ids are 64 hexadecimal digits; none is taken that changes an address."""


@dataclass(frozen=True, slots=True)
class StabilityAddress:
    """A base address such as https://api.stability.ai, and the key to it.

    Raises:
        ValueError: the address is no http(s) one or the key cannot be sent; says what is wrong.
    """

    base: str = SERVICE
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        check_address(self.base)
        check_key(self.key)

    def submit_url(self, path: str) -> str:
        """Where an operation is asked for."""
        return f"{self._root}{PREFIX}{path}"

    def result_url(self, result_id: str) -> str:
        """Where the result of an asynchronous operation is asked for.

        Raises:
            ValueError: the id holds characters that would change the address.
        """
        if not RESULT_ID.fullmatch(result_id):
            raise ValueError("that is no id of a result")
        return f"{self._root}/v2beta/results/{result_id}"

    @property
    def balance_url(self) -> str:
        """Where the account's credits are asked for."""
        return f"{self._root}/v1/user/balance"

    @property
    def host_name(self) -> str:
        """The host in small letters, without its port."""
        return host_of(self.base)

    @property
    def exposes_key(self) -> bool:
        """Whether the key would travel unencrypted beyond this machine."""
        return bool(self.key) and is_exposed(self.base)

    @property
    def _root(self) -> str:
        return self.base.rstrip("/")


@dataclass(frozen=True, slots=True)
class StabilityTimeouts:
    """How long to wait: for a connection, for the next bytes, for a whole answer, for small calls.

    No byte comes before a picture is ready, and some take more than half a minute.
    """

    connect: timedelta = timedelta(seconds=10)
    read: timedelta = timedelta(seconds=180)
    whole: timedelta = timedelta(seconds=300)
    small: timedelta = timedelta(seconds=30)
