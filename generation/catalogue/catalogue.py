"""The engine catalogue: what each engine takes and what it costs, as data."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from generation.catalogue.engine import IMAGE, VIDEO, WITHOUT_MODEL, Engine
from generation.catalogue.entries import CatalogueError, check_aliases, inherit, read_engine
from generation.errors import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "HOSTED",
    "IMAGE",
    "OWN_SERVER",
    "VIDEO",
    "WITHOUT_MODEL",
    "Catalogue",
    "CatalogueError",
    "Engine",
    "load",
    "load_file",
    "read_entries",
]

HOSTED = Path(__file__).with_name("engines.toml")
"""The engines of others."""

OWN_SERVER = Path(__file__).parents[2] / "inference" / "engines.toml"
"""What our own inference server can serve; only this file of it is known here."""


class Catalogue:
    """The engines by id, with their aliases."""

    def __init__(self, engines: Iterable[Engine]) -> None:
        self._engines = {engine.id: engine for engine in engines}

    def __iter__(self) -> Iterator[Engine]:
        return iter(self._engines.values())

    def __len__(self) -> int:
        return len(self._engines)

    def __contains__(self, engine_id: str) -> bool:
        return engine_id in self._engines

    def get(self, engine_id: str) -> Engine:
        """The engine of that id.

        Raises:
            UnknownEngine: with the nearest known id, if one is near.
        """
        engine = self.find(engine_id)
        if engine is not None:
            return engine
        near = difflib.get_close_matches(engine_id, self._engines, n=1)
        raise UnknownEngine(engine_id, near[0] if near else None, tuple(self._engines))

    def find(self, engine_id: str) -> Engine | None:
        """The engine of that id; None where it is not offered, or not any more."""
        return self._engines.get(engine_id)

    def only(self, engine_ids: Iterable[str]) -> Catalogue:
        """The catalogue restricted to those ids, in the catalogue's order."""
        wanted = set(engine_ids)
        return Catalogue(engine for engine in self if engine.id in wanted)

    def of_kind(self, kind: str) -> Catalogue:
        """The engines of a kind, in the catalogue's order."""
        return Catalogue(engine for engine in self if engine.kind == kind)


def load(path: Path | None = None, *, prefers_own: bool = True) -> Catalogue:
    """The engines of an operator's file, or all that are known without one.

    Of an engine that others host and that our own server serves as well, `prefers_own` says whose
    limits and price hold.

    Raises:
        CatalogueError: naming the file, the entry and the key that cannot be used.
    """
    if path is not None:
        return load_file(path)
    own, hosted = load_file(OWN_SERVER), load_file(HOSTED)
    first, second = (own, hosted) if prefers_own else (hosted, own)
    return Catalogue([*first, *(engine for engine in second if engine.id not in first)])


def load_file(path: Path) -> Catalogue:
    """Read a catalogue file (TOML, one [[engine]] an entry).

    Raises:
        CatalogueError: naming the file, the entry and the key that cannot be used.
    """
    engines = [read_engine(entry, path) for entry in read_entries(path)]
    check_aliases(engines, path)
    return Catalogue(engines)


def read_entries(path: Path) -> list[dict[str, Any]]:
    """The entries of a catalogue file with what each has from the one that it is like.

    Raises:
        CatalogueError: naming the file, and the entry where it is known.
    """
    try:
        # Windows' editors begin a file with a mark of its encoding.
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CatalogueError(f"{path}: {error}") from error
    except RecursionError as error:
        raise CatalogueError(f"{path}: its tables are too deep") from error
    rows = document.get("engine")
    if not isinstance(rows, list) or not rows:
        raise CatalogueError(f"{path}: it holds no [[engine]]")
    entries: dict[str, dict[str, Any]] = {}
    for row in cast("list[Any]", rows):
        entry = inherit(row, entries, path)
        entries[entry["id"]] = entry
    return [*entries.values()]
