"""Orders on disk: all of an order comes back, and of a finished one no words are left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from inference.video.order import Video, VideoOrder
from inference.video.store import ORDER, VideoStore

if TYPE_CHECKING:
    from pathlib import Path

FILM = VideoOrder(
    b"picture", 128, 64, 7, 5.0, 30, "wan", "a red cat", "a dog", frames=9, frames_per_s=8, steps=4
)
KEEP = timedelta(hours=1)


def test_an_order_comes_back_whole_after_a_restart(tmp_path: Path):
    VideoStore(tmp_path, KEEP).accept("film", "me", FILM, "key")
    store = VideoStore(tmp_path, KEEP)
    (entry,) = store.unfinished()
    assert (entry.engine_id, entry.seed, entry.journal_key) == ("wan", 7, "key")
    assert store.order("film") == FILM


def test_the_words_of_a_finished_film_are_forgotten(tmp_path: Path):
    store = VideoStore(tmp_path, KEEP)
    store.accept("film", "me", FILM)
    store.keep("film", Video(b"film", b"frame"))
    assert "cat" not in (tmp_path / "film" / ORDER).read_text()
    assert "dog" not in (tmp_path / "film" / ORDER).read_text()
    again = VideoStore(tmp_path, KEEP).find("film", "me")
    assert again is not None
    assert again.finished_at is not None


def test_a_film_that_failed_keeps_neither_words_nor_picture(tmp_path: Path):
    store = VideoStore(tmp_path, KEEP)
    store.accept("film", "me", FILM)
    store.fail("film", "it was too large")
    left = b"".join(file.read_bytes() for file in (tmp_path / "film").iterdir())
    assert not any(word in left for word in (b"cat", b"dog", b"picture"))
    again = VideoStore(tmp_path, KEEP).find("film", "me")
    assert again is not None
    assert again.problem == "it was too large"


def test_an_order_of_an_earlier_version_is_made_by_the_first_engine(tmp_path: Path):
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "picture").write_bytes(b"picture")
    (tmp_path / "film" / ORDER).write_text(
        '{"owner": "me", "width": 768, "height": 768, "seed": 7, "cfg_scale": 1.8,'
        ' "motion_bucket_id": 127}'
    )
    store = VideoStore(tmp_path, KEEP)
    assert store.unfinished()[0].engine_id == ""
    assert store.order("film") == VideoOrder(b"picture", 768, 768, 7)
