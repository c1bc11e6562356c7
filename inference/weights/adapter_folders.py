"""The folders of an engine's LoRAs and textual inversions, which may change while it is served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from inference.weights.adapters import AdapterFile

Files = Mapping[str, AdapterFile]
Find = Callable[[Path], Files]
"""Looks through a folder."""
NO_FILES: Files = {}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, and what looks through it; it need not be there yet."""

    path: Path
    find: Find

    def stamps(self) -> frozenset[tuple[str, int, int]]:
        """The files' names, times of change and sizes; by these a change is told."""
        try:
            told = [(file.name, file.stat()) for file in self.path.iterdir()]
        except OSError:
            # It is not there, or a file went in this moment.
            return frozenset()
        return frozenset((name, stat.st_mtime_ns, stat.st_size) for name, stat in told)

    def files(self) -> Files:
        """The adapters in it, also those that cannot be used."""
        try:
            return self.find(self.path)
        except OSError:
            return NO_FILES


class AdapterFolders:
    """What lies in the folders now; any number of threads may ask, and look again."""

    def __init__(self, loras: Folder | None = None, embeddings: Folder | None = None) -> None:
        """Look through them; None where the engine has no such folder."""
        self._folders = (loras, embeddings)
        self._seen: object = None
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self.loras: Files = NO_FILES
        self.embeddings: Files = NO_FILES
        self.refresh()

    def refresh(self) -> bool:
        """Look again; whether anything has come, gone or changed since. Touches the disk."""
        with self._lock:
            seen = [folder and folder.stamps() for folder in self._folders]
            if seen == self._seen:
                return False
            self._seen = seen
            self.loras, self.embeddings = (
                folder.files() if folder else NO_FILES for folder in self._folders
            )
            return True

    def take_news(self) -> Files:
        """What cannot be used, each once until it can be, by name."""
        files = {**self.loras, **self.embeddings}
        unusable = {name: file for name, file in files.items() if file.problem}
        news = {name: file for name, file in unusable.items() if name not in self._told}
        self._told = set(unusable)
        return news


class LoraFiles(Mapping[str, AdapterFile]):
    """The LoRAs of the folders as they are whenever one is looked up."""

    def __init__(self, folders: AdapterFolders) -> None:
        self._folders = folders

    def __getitem__(self, name: str) -> AdapterFile:
        return self._folders.loras[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders.loras)

    def __len__(self) -> int:
        return len(self._folders.loras)
