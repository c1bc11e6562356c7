"""What the body and the headers of a refusal say, made safe to be shown."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from generation.server_text import MAX_RETRY_AFTER, clean

if TYPE_CHECKING:
    from collections.abc import Mapping


class RefusalText:
    """A status that is no success, with what its body says (`name`, `errors`), without the key."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, key: str) -> None:
        self.status = status
        self.headers = headers
        told = json_fields(body)
        self.name = clean(str(told.get("name", "")), key)
        self.lines = [clean(line, key) for line in _lines(told)]
        self.text = clean("; ".join(self.lines) or self.name or f"HTTP {status}", key)

    def retry_after(self) -> timedelta | None:
        """RFC 9110, 10.2.3: seconds or an instant, at most a day."""
        value = self.headers.get("retry-after", "").strip()
        try:
            seconds = float(value)
        except ValueError:
            return self._until(value)
        if not math.isfinite(seconds) or seconds < 0:
            return None
        return min(timedelta(seconds=min(seconds, 1e6)), MAX_RETRY_AFTER)

    def _until(self, value: str) -> timedelta | None:
        instant = _instant(value)
        if instant is None:
            return None
        # By the server's own clock where it tells it: ours may be wrong or jump.
        begin = _instant(self.headers.get("date", "")) or datetime.now(UTC)
        return min(max(instant - begin, timedelta(0)), MAX_RETRY_AFTER)


def json_fields(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object; none if the body is anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _instant(value: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _lines(told: Mapping[str, Any]) -> list[str]:
    errors = told.get("errors")
    if isinstance(errors, list):
        return [line for line in cast("list[Any]", errors) if isinstance(line, str) and line]
    # The first REST version has one text instead.
    message = told.get("message")
    return [message] if isinstance(message, str) and message else []
