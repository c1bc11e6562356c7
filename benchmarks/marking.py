"""What marks cost: the work of a delivery with and without them, and signing alone."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.harness.report import Figure
from benchmarks.video import GRAIN, HEIGHT, QUALITY, RATE, WIDTH, clip_frames
from generation.image.pictures import check_picture
from media.frames import encode
from media.marking.certificates import OwnIdentity
from media.marking.marks import Marks
from media.metadata import Recipe, write_recipe
from media.video import animation
from media.video_metadata import write_video_recipe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from benchmarks.harness.plan import Plan

    Work: TypeAlias = Callable[[], Awaitable[object]]

SIDE = 1024
ENGINE = "atelier-painter"
RECIPE = Recipe(ENGINE, (("a red lighthouse", 1.0),), SIDE, SIDE, 7, 30, 7.0)
LIMIT_BYTES = 8 << 20
REPEATS = 5
"""Of each in a run, which is their mean."""


async def measure(plan: Plan) -> list[Figure]:
    """Each with its marks, in turn with the same work without them; wall time, off the loop."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        identity = OwnIdentity(folder / "credentials", lambda: datetime.now(UTC))
        async with Marks(identity, is_trained=bool, version="0") as marks:
            await marks.check()
            picture, clip = _picture(), folder / "clip.mp4"
            encode(clip_frames(GRAIN), RATE, clip, (WIDTH, HEIGHT), QUALITY)
            works = {**_pictures(marks, picture), **_videos(marks, clip)}
            figures = [await _in_turn(plan.runs, name, *work) for name, work in works.items()]
            return [*figures, *await _alone(plan.runs, marks, picture, clip)]


def _picture() -> bytes:
    """Noise, which no PNG makes smaller."""
    buffer = BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _pictures(marks: Marks, drawn: bytes) -> dict[str, tuple[Work, Work]]:
    """From an engine's answer to the file that goes out."""

    async def bare() -> bytes:
        return await asyncio.to_thread(check_picture, drawn, SIDE, SIDE)

    async def marked() -> bytes:
        png = await bare()
        png = await asyncio.to_thread(write_recipe, png, RECIPE, is_trained=False)
        return await marks.picture(png, "image/png", ENGINE)

    return {f"a picture of {SIDE}×{SIDE}, marked": (bare, marked)}


def _videos(marks: Marks, clip: Path) -> dict[str, tuple[Work, Work]]:
    """From an engine's film to the one that is kept, and to an animated picture."""
    into = clip.with_name("made.mp4")

    async def bare() -> None:
        await asyncio.to_thread(write_video_recipe, clip, into, "{}", is_trained=False)

    async def marked() -> None:
        await bare()
        await marks.video(into, ENGINE)

    async def gif() -> bytes:
        return await asyncio.to_thread(animation, clip, "GIF", LIMIT_BYTES)

    async def marked_gif() -> bytes:
        return await marks.picture(await gif(), "image/gif", ENGINE)

    return {"a film of 25 frames, marked": (bare, marked), "its GIF, marked": (gif, marked_gif)}


async def _alone(runs: int, marks: Marks, picture: bytes, clip: Path) -> list[Figure]:
    """Signing, of files that are there already."""
    gif = await asyncio.to_thread(animation, clip, "GIF", LIMIT_BYTES)
    works: dict[str, Work] = {
        f"signing a PNG of {_size(picture)}": lambda: marks.picture(picture, "image/png", ENGINE),
        f"signing a GIF of {_size(gif)}": lambda: marks.picture(gif, "image/gif", ENGINE),
        "signing the film": lambda: marks.video(clip, ENGINE),
    }
    return [
        Figure(name, "ms", [await _ms(work) for _ in range(runs)]) for name, work in works.items()
    ]


def _size(data: bytes) -> str:
    return f"{len(data) / 1e6:.1f} MB"


async def _in_turn(runs: int, name: str, bare: Work, marked: Work) -> Figure:
    without: list[float] = []
    with_marks: list[float] = []
    for _ in range(runs):
        without.append(await _ms(bare))
        with_marks.append(await _ms(marked))
    return Figure(name, "ms", with_marks, "the same without marks", without)


async def _ms(work: Work) -> float:
    began = time.perf_counter()
    for _ in range(REPEATS):
        await work()
    return (time.perf_counter() - began) * 1000 / REPEATS
