"""Where a source is on this machine: a path beside the catalogue, or the hub's local cache."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.weights.layout import CHECKPOINT

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = r"[A-Za-z0-9][\w.-]{0,95}"
_HUB_ID = re.compile(rf"({_NAME}/{_NAME})(?:/((?:{_NAME}/)*{_NAME}\.safetensors))?")


@dataclass(frozen=True, slots=True)
class HubId:
    """A repository of the hub, or one checkpoint in it."""

    repository: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.repository}/{self.file}" if self.file else self.repository


def hub_id(source: str, folder: Path) -> HubId | None:
    """The hub id that a source is; None where it is a path of this machine."""
    if _path(source, folder).exists():
        return None
    found = _HUB_ID.fullmatch(source)
    if found is None or (source.endswith(CHECKPOINT) and not found[2]):
        return None
    return HubId(found[1], found[2] or "")


def locate(source: str, folder: Path) -> Path | None:
    """The folder or checkpoint of a source, relative to `folder`; None where it is not here."""
    path = _path(source, folder)
    if path.exists():
        return path
    found = hub_id(source, folder)
    if found is None:
        return None
    snapshot = snapshot_of(found.repository)
    if snapshot is None or not found.file:
        return snapshot
    file = snapshot / found.file
    return file if file.exists() else None


def _path(source: str, folder: Path) -> Path:
    return folder / Path(source).expanduser()


def snapshot_of(repository: str) -> Path | None:
    """The newest downloaded state of a hub's repository, in its cache; None where there is none.

    The layout is the one that huggingface_hub documents: models--OWNER--NAME/refs/main holds the
    name of a folder in snapshots/. It is read without the library, which the painter does not need.
    """
    root = hub_cache(os.environ) / f"models--{repository.replace('/', '--')}"
    try:
        commit = (root / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    snapshot = root / "snapshots" / commit
    return snapshot if re.fullmatch(r"[\w-]+", commit) and snapshot.is_dir() else None


def hub_cache(environment: Mapping[str, str]) -> Path:
    """The folder of the hub's cache, by the variables that its library reads."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environment.get(name):
            return Path(environment[name]).expanduser()
    home = environment.get("HF_HOME")
    if not home:
        cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
        home = f"{cache}/huggingface"
    return Path(home).expanduser() / "hub"
