"""A picture of a result that others are drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """Which picture of which job is started from; its size in pixels."""

    job_id: str
    position: int
    width: int
    height: int
