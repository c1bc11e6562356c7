"""Work on films is done in worker processes: what is asked and answered survives the way there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from PIL import Image

from media.assemble import assemble
from media.camera import Camera, Easing, Move, move_camera
from media.errors import BadPicture, Reason
from media.pool import MediaPool
from media.video import (
    VideoFacts,
    animation,
    fit_video_upload,
    join,
    join_or_encode,
    last_frame,
    probe,
)
from tests.media.clips import landscape, video

CAMERA = Camera(move=Move.ROLL_LEFT, strength=80, easing=Easing.EASE_OUT)


@pytest.fixture
async def pool() -> AsyncGenerator[MediaPool]:
    async with MediaPool() as pool:
        yield pool


async def test_everything_is_done_in_a_worker(pool: MediaPool, tmp_path: Path) -> None:
    made, into = video(tmp_path / "a.mp4", [landscape(n) for n in range(4)]), tmp_path / "b.mp4"
    still = tmp_path / "still.png"
    Image.fromarray(landscape(1)).save(still)
    assert await pool.run(probe, made) == VideoFacts(320, 256, 4, 10.0, 0.4)
    assert (await pool.run(last_frame, made)).startswith(b"\x89PNG")
    await pool.run(join, [made, made], into)
    assert not await pool.run(join_or_encode, [made, made], into)
    await pool.run(move_camera, made, into, CAMERA)
    await pool.run(assemble, [still, still], into, 10, CAMERA)
    assert await pool.run(fit_video_upload, made, into, 10**7) == into.stat().st_size
    assert await pool.run(animation, made, "WEBP", 10**7, 200)


async def test_a_worker_says_what_is_wrong_with_a_video(pool: MediaPool, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(BadPicture) as caught:
        await pool.run(move_camera, tmp_path / "a.mp4", tmp_path / "b.mp4", CAMERA)
    assert caught.value.reason is Reason.BROKEN
