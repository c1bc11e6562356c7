"""Downloads from a hub: what is needed of its repositories, into the cache of its own library.

Nothing counts as downloaded before the hashes of all its files are right: only then the state of
the repository is named in the cache (`inference.weights.places.snapshot_of`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.weights.availability import (
    NeededOf,
    is_complete,
    needed_clip,
    needed_config,
    needed_control,
    needed_pipeline,
)
from inference.weights.depth import needed_depth
from inference.weights.hub_errors import DownloadError, reason_of
from inference.weights.layout import (
    INDEX,
    Files,
    Needed,
    as_index,
    clip_files,
    config_files,
    control_files,
    depth_files,
    pipeline_files,
)
from inference.weights.places import hub_cache, hub_id

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from inference.catalogue import Weights
    from inference.weights.places import HubId

    _Chooser = Callable[["_Remote", Files, str], Needed]

_CHUNK = 1 << 20
_COMMIT = re.compile(r"[\w-]+")
_PATIENCE_S = 30.0
"""For so long a hub may say nothing."""
_SPARE_BYTES = 500_000_000
"""What a download leaves free on the disk."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository; the hash is SHA-256, or git's SHA-1 of a small file."""

    path: str
    size: int
    sha256: str
    git_sha1: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The newest state of a repository and what is needed of it."""

    name: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)


def repositories(
    weights: Weights, *, with_extras: bool = True, is_depth: bool = False
) -> list[Repository]:
    """What is still to be downloaded for an engine; the extras are ControlNets and the CLIP model.

    `is_depth` says that it is a model that estimates depth, and no pipeline.

    Raises:
        DownloadError: a repository cannot be asked, or lacks what is needed.
    """
    wanted: list[tuple[str, _Chooser, NeededOf]] = [
        (weights.source, _depth, needed_depth)
        if is_depth
        else (weights.source, _pipeline, needed_pipeline)
    ]
    wanted += [(weights.config, _config, needed_config)] if weights.config else []
    wanted += [(weights.prior, _pipeline, needed_pipeline)] if weights.prior else []
    if with_extras:
        wanted += [(source, _control, needed_control) for source in weights.control.values()]
        wanted += [(weights.clip_model, _clip, needed_clip)] if weights.clip_model else []
    return [
        _repository(found, choose, weights.variant)
        for source, choose, needed_of in wanted
        if not is_complete(source, weights, needed_of)
        and (found := hub_id(source, weights.folder)) is not None
    ]


def download(repository: Repository, tell: Callable[[str], None]) -> None:
    """Bring what is missing of a repository into the cache; what was begun goes on where it ended.

    Raises:
        DownloadError: there is no room, or a file does not arrive as it was announced.
    """
    from huggingface_hub import hf_hub_download

    _check_room(repository)
    for number, file in enumerate(repository.files, 1):
        tell(f"[{number}/{len(repository.files)}] {file.path}, {in_gb(file.size)}")
        with _translated(repository.name):
            path = Path(hf_hub_download(repository.name, file.path, revision=repository.commit))
        _check_hash(path, file)
    # Now that everything is right this state becomes the one that is found.
    refs = hub_cache(os.environ) / f"models--{repository.name.replace('/', '--')}" / "refs"
    refs.mkdir(parents=True, exist_ok=True)
    (refs / "main.new").write_text(repository.commit, encoding="ascii")
    (refs / "main.new").replace(refs / "main")


def missing_bytes(repository: Repository) -> int:
    """How many bytes of a repository are not in the cache yet."""
    folder = hub_cache(os.environ) / f"models--{repository.name.replace('/', '--')}"
    snapshot = folder / "snapshots" / repository.commit
    return sum(file.size for file in repository.files if not (snapshot / file.path).exists())


def in_gb(size: int) -> str:
    """A size for people."""
    return f"{size / 1e9:.1f} GB" if size >= 50_000_000 else f"{max(size, 1_000) / 1e6:.1f} MB"


def _check_room(repository: Repository) -> None:
    cache = hub_cache(os.environ)
    cache.mkdir(parents=True, exist_ok=True)
    free, missing = shutil.disk_usage(cache).free, missing_bytes(repository)
    if missing + _SPARE_BYTES > free:
        raise DownloadError(
            f"{repository.name} needs {in_gb(missing)}, and {cache} has {in_gb(free)} left;"
            " make room, or set HF_HOME to another disk"
        )


def _check_hash(path: Path, file: RemoteFile) -> None:
    """Throw a file away that is another one than was announced."""
    if not file.sha256 and not file.git_sha1:
        raise DownloadError(f"{file.path} cannot be checked: the hub does not tell its hash")
    if file.sha256:
        digest, right = hashlib.sha256(), file.sha256
    else:
        digest, right = hashlib.sha1(usedforsecurity=False), file.git_sha1
        digest.update(f"blob {path.stat().st_size}\0".encode())
    for chunk in _chunks(path):
        digest.update(chunk)
    if digest.hexdigest() == right:
        return
    # Where a hub names its blobs badly, the link may lead to somebody's own file.
    if hub_cache(os.environ).resolve() in path.resolve().parents:
        path.resolve().unlink()
    path.unlink(missing_ok=True)
    raise DownloadError(
        f"{file.path} arrived damaged and was thrown away; run the same command again"
    )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _repository(found: HubId, choose: _Chooser, variant: str) -> Repository:
    from huggingface_hub import HfApi

    with _translated(found.repository):
        told = HfApi().model_info(found.repository, files_metadata=True, timeout=_PATIENCE_S)
        files = {file.rfilename: _remote_file(file) for file in told.siblings or ()}
        commit = str(told.sha or "")
    if not _COMMIT.fullmatch(commit):
        raise DownloadError(f"{found} cannot be downloaded: the hub does not name its newest state")
    sizes: Files = {path: file.size for path, file in files.items()}
    needed = _Remote(found, commit, files).needed(sizes, choose, variant)
    if needed.problems:
        raise DownloadError(f"{found}: {'; '.join(needed.problems)}")
    wanted = tuple(files[path] for path in dict.fromkeys(needed.files))
    return Repository(found.repository, commit, wanted)


def _remote_file(told: Any) -> RemoteFile:
    size = told.size or 0
    if type(size) is not int or size < 0:
        raise ValueError(size)
    sha256 = told.lfs.sha256 if told.lfs else ""
    return RemoteFile(told.rfilename, size, sha256 or "", told.blob_id or "")


@contextmanager
def _translated(name: str) -> Generator[None]:
    """What goes wrong with a hub, in one sentence."""
    try:
        yield
    except Exception as error:
        raise DownloadError(f"{name} cannot be downloaded: {reason_of(error)}") from error


class _Remote:
    """A repository of which single small files can be read."""

    def __init__(self, found: HubId, commit: str, files: Mapping[str, RemoteFile]) -> None:
        self._found = found
        self._commit = commit
        self._files = files

    def needed(self, files: Files, choose: _Chooser, variant: str) -> Needed:
        """The files that are needed."""
        if self._found.file:
            is_there = self._found.file in files
            return Needed((self._found.file,)) if is_there else Needed((), ("it is missing",))
        return choose(self, files, variant)

    def index(self) -> Any:
        """The repository's model_index.json."""
        from huggingface_hub import hf_hub_download

        if INDEX not in self._files:
            reason = f"it has no {INDEX}, so it is no pipeline in diffusers' form"
            raise DownloadError(f"{self._found}: {reason}")
        with _translated(str(self._found)):
            path = hf_hub_download(self._found.repository, INDEX, revision=self._commit)
        _check_hash(Path(path), self._files[INDEX])
        try:
            return as_index(json.loads(Path(path).read_text(encoding="utf-8")))
        except (ValueError, RecursionError) as error:
            raise DownloadError(f"{self._found}: {INDEX} cannot be read") from error


def _pipeline(remote: _Remote, files: Files, variant: str) -> Needed:
    return pipeline_files(remote.index(), files, variant)


def _config(remote: _Remote, files: Files, _variant: str) -> Needed:
    return config_files(remote.index(), files)


def _control(_remote: _Remote, files: Files, variant: str) -> Needed:
    return control_files(files, variant)


def _depth(_remote: _Remote, files: Files, variant: str) -> Needed:
    return depth_files(files, variant)


def _clip(_remote: _Remote, files: Files, variant: str) -> Needed:
    return clip_files(files, variant)
