"""A folder for films that is removed while the server runs is made anew."""

from __future__ import annotations

import shutil
import stat
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from inference.video.order import Video, VideoOrder
from inference.video.store import VIDEO, VideoStore

if TYPE_CHECKING:
    from pathlib import Path

ORDER = VideoOrder(
    image=b"a picture", width=64, height=64, seed=1, cfg_scale=1.8, motion_bucket_id=127
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "films"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def store(folder: Path) -> VideoStore:
    return VideoStore(folder, timedelta(days=1))


def test_the_next_order_makes_it_anew(store: VideoStore, folder: Path):
    shutil.rmtree(folder.parent)
    store.accept("a" * 64, "mina", ORDER)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert store.order("a" * 64) == ORDER


def test_a_film_that_was_under_way_is_kept(store: VideoStore, folder: Path):
    store.accept("a" * 64, "mina", ORDER)
    shutil.rmtree(folder)
    store.keep("a" * 64, Video(b"a film", b"a frame"))
    assert store.read("a" * 64, VIDEO) == b"a film"


def test_an_order_that_was_removed_fails_and_the_next_does_not(store: VideoStore, folder: Path):
    store.accept("a" * 64, "mina", ORDER)
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        store.order("a" * 64)
    store.fail("a" * 64, "FileNotFoundError")
    store.accept("b" * 64, "mina", ORDER)
    assert [entry.video_id for entry in store.unfinished()] == ["b" * 64]
