"""Instants as Discord shows them: each reader in their own time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def since(instant: datetime) -> str:
    """An instant as Discord counts towards it or up from it by itself: “in 2 days”."""
    return _shown(instant, "R")


def date(instant: datetime) -> str:
    """The date with the time of day: “1 December 2026 12:00”."""
    return _shown(instant, "f")


def clock(instant: datetime) -> str:
    """The time of day: “12:00”."""
    return _shown(instant, "t")


def _shown(instant: datetime, style: str) -> str:
    return f"<t:{int(instant.timestamp())}:{style}>"
