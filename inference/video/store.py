"""Films on disk: orders that were taken, what came of them, and for how long they are kept.

Each film has a folder named after its id. `order.json` and `picture` are written before the id is
given out; `film.mp4`, `last.png` and, last of all, `outcome.json` when the film is finished. A
folder without an outcome is work that is still to be done, also after a restart.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from inference.video.order import Video, VideoOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

logger = logging.getLogger(__name__)

ORDER, PICTURE, OUTCOME = "order.json", "picture", "outcome.json"
VIDEO, LAST_FRAME = "film.mp4", "last.png"
WORDS = ("prompt", "negative_prompt")
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a film without reading it; `problem` says in a few words what ended it.

    `journal_key` tells the start from others, empty if its request had no id of its own. Of a film
    that `is_filtered` nothing but colours is kept.
    """

    video_id: str
    owner: str
    seed: int
    journal_key: str = ""
    engine_id: str = ""
    finished_at: datetime | None = None
    problem: str = ""
    is_filtered: bool = False


class VideoStore:
    """The films of one folder; methods that touch the disk take time: not on the event loop."""

    def __init__(
        self, folder: Path, keep: timedelta, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Look through the folder; what cannot be read in it is left alone."""
        self._folder = folder
        self._keep = keep
        self._now = now
        self._entries: dict[str, Entry] = {}
        self._journal: dict[str, str] = {}
        for path in folder.iterdir():
            if path.name.endswith(_PART):
                shutil.rmtree(path, ignore_errors=True)
            elif (entry := _read_entry(path)) is not None:
                self._enter(entry)
        self.sweep()

    def __len__(self) -> int:
        return len(self._entries)

    def unfinished(self) -> list[Entry]:
        """The films that are still to be made."""
        return [entry for entry in list(self._entries.values()) if entry.finished_at is None]

    def find(self, video_id: str, owner: str) -> Entry | None:
        """The film of that id, if it is that owner's and has not expired."""
        entry = self._entries.get(video_id)
        if entry is None or entry.owner != owner or self._is_expired(entry):
            return None
        return entry

    def repeated(self, journal_key: str) -> Entry | None:
        """The film of the same start before, if it has neither failed nor expired."""
        entry = self._entries.get(self._journal.get(journal_key, ""))
        if entry is None or entry.problem or self._is_expired(entry):
            return None
        return entry

    def accept(self, video_id: str, owner: str, order: VideoOrder, journal_key: str = "") -> Entry:
        """Keep an order; either all of it is on the disk afterwards or nothing."""
        told = {field.name: getattr(order, field.name) for field in fields(order)}
        del told["image"]
        figures = {"owner": owner, "journal_key": journal_key, **told}
        part = self._folder / f"{video_id}{_PART}"
        try:
            # Somebody may have removed the folder meanwhile.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.mkdir(mode=0o700)
            (part / PICTURE).write_bytes(order.image)
            (part / ORDER).write_text(json.dumps(figures), encoding="utf-8")
            part.rename(self._folder / video_id)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return self._enter(Entry(video_id, owner, order.seed, journal_key, order.engine_id))

    def order(self, video_id: str) -> VideoOrder:
        """The order as it was taken."""
        path = self._folder / video_id
        figures = _read_json(path / ORDER)
        del figures["owner"]
        figures.pop("journal_key", None)
        return VideoOrder(image=(path / PICTURE).read_bytes(), **figures)

    def keep(self, video_id: str, video: Video, *, is_filtered: bool = False) -> None:
        """Keep a finished film, or what may be seen of one that is withheld."""
        path = self._folder / video_id
        # The folder may have been removed while the film was made.
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / VIDEO).write_bytes(video.video)
        (path / LAST_FRAME).write_bytes(video.last_frame)
        self._finish(video_id, self._now(), "", is_filtered=is_filtered)

    def fail(self, video_id: str, problem: str) -> None:
        """Note that the film cannot be made; where the disk fails too, until the next start."""
        now = self._now()
        self._entries[video_id] = replace(self._entries[video_id], finished_at=now, problem=problem)
        try:
            self._finish(video_id, now, problem)
        except OSError as error:
            logger.warning(
                "The failure of film %s cannot be kept: %s.", video_id[:8], error.strerror
            )

    def read(self, video_id: str, name: str) -> bytes:
        """The finished film (`VIDEO`) or its last frame (`LAST_FRAME`)."""
        return (self._folder / video_id / name).read_bytes()

    def discard(self, video_id: str) -> None:
        """Forget a film and all of it."""
        entry = self._entries.pop(video_id, None)
        if entry is not None and self._journal.get(entry.journal_key) == video_id:
            del self._journal[entry.journal_key]
        shutil.rmtree(self._folder / video_id, ignore_errors=True)

    def sweep(self) -> None:
        """Discard what has expired."""
        for entry in list(self._entries.values()):
            if self._is_expired(entry):
                self.discard(entry.video_id)

    def _enter(self, entry: Entry) -> Entry:
        self._entries[entry.video_id] = entry
        # One that failed does not stand in the way of the one that was made in its place.
        if entry.journal_key and self.repeated(entry.journal_key) is None:
            self._journal[entry.journal_key] = entry.video_id
        return entry

    def _finish(
        self, video_id: str, finished_at: datetime, problem: str, *, is_filtered: bool = False
    ) -> None:
        path = self._folder / video_id
        told = {"problem": problem, "is_filtered": is_filtered}
        _replace_json(path / OUTCOME, {"finished_at": finished_at.isoformat(), **told})
        self._entries[video_id] = replace(
            self._entries[video_id],
            finished_at=finished_at,
            problem=problem,
            is_filtered=is_filtered,
        )
        (path / PICTURE).unlink(missing_ok=True)
        self._forget_words(path)

    def _forget_words(self, path: Path) -> None:
        """Nobody needs the prompts of a film that has ended, made or failed."""
        if not (path / ORDER).is_file():
            return
        figures = _read_json(path / ORDER)
        if any(figures.get(name) for name in WORDS):
            _replace_json(path / ORDER, figures | dict.fromkeys(WORDS, ""))

    def _is_expired(self, entry: Entry) -> bool:
        return entry.finished_at is not None and self._now() - entry.finished_at >= self._keep


def _read_entry(path: Path) -> Entry | None:
    if not (path / ORDER).is_file():
        return None
    try:
        order = _read_json(path / ORDER)
        entry = Entry(path.name, order["owner"], order["seed"])
        # Films of earlier versions have neither.
        journal_key, engine_id = (str(order.get(key, "")) for key in ("journal_key", "engine_id"))
        entry = replace(entry, journal_key=journal_key, engine_id=engine_id)
        if not (path / OUTCOME).is_file():
            return entry
        outcome = _read_json(path / OUTCOME)
        finished_at = datetime.fromisoformat(outcome["finished_at"])
        # Films of earlier versions were not looked at.
        is_filtered = bool(outcome.get("is_filtered", False))
        return replace(
            entry,
            finished_at=finished_at,
            problem=outcome["problem"],
            is_filtered=is_filtered,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("The film in %s cannot be read (%s).", path, type(error).__name__)
        return None


def _replace_json(path: Path, data: dict[str, Any]) -> None:
    """Write a file so that it is always whole."""
    part = path.with_name(path.name + _PART)
    part.write_text(json.dumps(data), encoding="utf-8")
    os.replace(part, path)


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
