"""What work on films costs, beside plain PyAV that decodes and encodes the same clip."""

# PyAV leaves the types of its packets open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import Figure
from media.assemble import assemble
from media.camera import Camera, Move, move_camera
from media.frames import PRESET, THREADS, encode
from media.video import animation, fit_video_upload, join, probe
from media.video_metadata import write_video_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.harness.plan import Plan

    Work: TypeAlias = Callable[[], object]

BASELINE = "plain PyAV, decode + encode"
WIDTH, HEIGHT, FRAMES, RATE = 1024, 576, 25, Fraction(25)
QUALITY = 17
GRAIN = 4.0
"""How rough the clip is, in levels: smooth ones cost an encoder nothing."""

LIMIT_BYTES = 10 * 1024 * 1024
"""What Discord takes without boosts."""

HEAVY_GRAIN, HEAVY_QUALITY = 60.0, 2
"""For a clip that is larger than that."""


async def measure(plan: Plan) -> list[Figure]:
    """Each kind of work on a clip of 25 frames, 1024×576, in turn with the baseline."""
    with TemporaryDirectory() as folder:
        clip, heavy = Path(folder) / "clip.mp4", Path(folder) / "heavy.mp4"
        encode(clip_frames(GRAIN), RATE, clip, (WIDTH, HEIGHT), QUALITY)
        encode(clip_frames(HEAVY_GRAIN), RATE, heavy, (WIDTH, HEIGHT), HEAVY_QUALITY)
        if heavy.stat().st_size <= LIMIT_BYTES:
            raise BenchmarkError("the heavy clip is too small to be fitted")
        return [
            *_in_turn(plan.runs, clip, _light(Path(folder), clip)),
            *_in_turn(plan.runs, heavy, _fitting(Path(folder), heavy)),
        ]


def _light(folder: Path, clip: Path) -> dict[str, Work]:
    into = folder / "made.mp4"
    frames = clip_frames(GRAIN)
    stills = [folder / f"{number}.png" for number in range(FRAMES)]
    for still, frame in zip(stills, frames, strict=True):
        frame.to_image().save(still, compress_level=1)
    moves = {move: Camera(move=move) for move in (Move.PAN_LEFT, Move.ROLL_LEFT, Move.ORBIT)}
    return {
        "reading a film wholly": lambda: probe(clip),
        "encoding 25 frames": lambda: encode(frames, RATE, into, (WIDTH, HEIGHT), QUALITY),
        "a film of 25 PNGs": lambda: assemble(stills, into, 25),
        "joining 3 clips": lambda: join([clip] * 3, into),
        "writing a recipe": lambda: write_video_recipe(clip, into, "{}", is_trained=True),
        **{
            f"camera: {move}": lambda camera=camera: move_camera(clip, into, camera)
            for move, camera in moves.items()
        },
        "GIF": lambda: animation(clip, "GIF", LIMIT_BYTES),
        "WebP": lambda: animation(clip, "WEBP", LIMIT_BYTES),
    }


def _fitting(folder: Path, heavy: Path) -> dict[str, Work]:
    megabytes = heavy.stat().st_size / 1024 / 1024
    name = f"fitting {megabytes:.0f} MiB into 10"
    return {name: lambda: fit_video_upload(heavy, folder / "made.mp4", LIMIT_BYTES)}


def _in_turn(runs: int, clip: Path, works: dict[str, Work]) -> list[Figure]:
    into = clip.with_name("plain.mp4")
    bare: list[float] = []
    ours: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        bare.append(_ms(lambda: _plain(clip, into)))
        for name, work in works.items():
            ours[name].append(_ms(work))
    return [Figure(name, "ms", times, BASELINE, bare) for name, times in ours.items()]


def _plain(clip: Path, into: Path) -> None:
    with av.open(clip) as video, av.open(into, "w", format="mp4") as made:
        options = {"crf": str(QUALITY), "preset": PRESET}
        stream = made.add_stream("libx264", rate=RATE, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.thread_count = THREADS
        for frame in video.decode(video=0):
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))


def clip_frames(grain: float) -> list[VideoFrame]:
    """The clip's frames, so rough."""
    return [VideoFrame.from_ndarray(_picture(number, grain), "rgb24") for number in range(FRAMES)]


def _picture(number: int, grain: float) -> NDArray[np.uint8]:
    """Soft hills of colour that wander, under grain."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    hills = [
        np.sin((x + 5 * number) / 61 + channel) + np.cos((y - 3 * number) / 47 - channel)
        for channel in range(3)
    ]
    rough = np.random.default_rng(number).normal(0, grain, (HEIGHT, WIDTH, 1))
    return np.clip(np.stack(hills, axis=-1) * 45 + 128 + rough, 0, 255).astype(np.uint8)


def _ms(work: Work) -> float:
    # Processor time of all threads: others may want the cores as well.
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
