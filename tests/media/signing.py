"""Marks as the bot opens them, with a chain of their own in a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from media.marking.certificates import OwnIdentity
from media.marking.marks import Marks

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "9.8.7"
ALGORITHM = "atelier-painter"


def marks_in(folder: Path) -> Marks:
    """Marks in whose eyes only the painter is no trained model."""
    identity = OwnIdentity(folder / "credentials", lambda: datetime.now(UTC))
    return Marks(identity, is_trained=lambda one: one != ALGORITHM, version=VERSION)
