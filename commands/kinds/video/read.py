"""The form of a film, and the order that it becomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands.errors import BadInput
from commands.kinds.video.words import read_words, words_of_picture
from commands.languages import marked, say, say_count, say_on_card
from generation.errors import BadRequest
from generation.request import draw_seed
from generation.video.request import DEFAULT_MOTION, MAX_MOTION
from jobs.orders.video import MAX_SEGMENTS, VideoOrder
from media.camera import Camera
from media.fit import VIDEO_SIZES, Fit, nearest_video_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands.kinds.video.sources import Source
    from generation.catalogue.catalogue import Engine

MOTIONS = {
    marked("calm"): 30,
    marked("gentle"): 80,
    marked("normal"): DEFAULT_MOTION,
    marked("lively"): 190,
    marked("wild"): MAX_MOTION,
}
"""Motion in words, as the API's motion_bucket_id."""

SAME_SHAPE = 0.005
"""How far two ratios may differ and still be one shape, as a difference of logarithms."""

FITTED = {
    Fit.CROP: marked("The picture is cropped to {size}."),
    Fit.PAD: marked("The picture is fitted, with a blurred background, into {size}."),
    Fit.STRETCH: marked("The picture is stretched to {size}."),
}

VIDEO = "film"
"""The kind of a draft with the form of a film."""

REMAKE = "remake"
"""The kind of a draft that names the film from which another one is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequestForm:
    """How a film is to be made from a picture; None is the engine's default, or a drawn seed.

    `prompt` is what was typed beside the picture, and without an `engine_id` the usual one films.
    Where its picture is drawn first, `quoted_mc` is what its author was told that the film costs.
    """

    motion: int = DEFAULT_MOTION
    cfg_scale: float | None = None
    seed: int | None = None
    fit: Fit = Fit.CROP
    segments: int = 1
    camera: Camera | None = None
    engine_id: str = ""
    prompt: str = ""
    quoted_mc: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft or an order."""
        quoted = {} if self.quoted_mc is None else {"quoted_mc": self.quoted_mc}
        return quoted | {
            "motion": self.motion,
            "cfg_scale": self.cfg_scale,
            "seed": self.seed,
            "fit": str(self.fit),
            "segments": self.segments,
            "camera": self.camera.to_json() if self.camera else None,
            "engine_id": self.engine_id,
            "prompt": self.prompt,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VideoRequestForm:
        """The form that `to_json` wrote."""
        values: dict[str, Any] = {**data, "fit": Fit(data["fit"])}
        values["camera"] = Camera.from_json(data["camera"]) if data["camera"] else None
        return cls(**values)


def read_motion(text: str | None) -> int:
    """A motion that somebody typed: a number, or a word of English or of their language.

    Raises:
        BadRequest
    """
    if text is None or not text.strip():
        return DEFAULT_MOTION
    word = text.strip().lower()
    said = {say(name): motion for name, motion in MOTIONS.items()}
    if word in said or word in MOTIONS:
        return {**MOTIONS, **said}[word]
    if word.isascii() and word.isdecimal() and len(word) <= 3 and 1 <= int(word) <= MAX_MOTION:
        return int(word)
    raise BadRequest(
        "motion",
        say(
            "Motion must be {words}, or 1–{most}",
            words=", ".join(said),
            most=MAX_MOTION,
        ),
    )


def read_fit(text: str | None) -> Fit:
    """What to do with a picture of another shape.

    Raises:
        BadInput
    """
    if text is None:
        return Fit.CROP
    if text not in map(str, Fit):
        raise BadInput("fit", say("Fit must be {fits}", fits=", ".join(Fit)))
    return Fit(text)


def lengths(engine: Engine) -> dict[int, int]:
    """The lengths in whole seconds that a film of that engine can have, and their parts."""
    found: dict[int, int] = {}
    for parts in range(1, MAX_SEGMENTS + 1):
        # Of parts below a second several make the same length; the fewest are the cheapest.
        found.setdefault(max(1, round(engine.segment_s * parts)), parts)
    return found


def read_length(seconds: int | None, engine: Engine) -> int:
    """How many parts a film of that length has.

    Raises:
        BadRequest
    """
    known = lengths(engine)
    if seconds is None:
        return 1
    if seconds not in known:
        *most, last = map(str, known)
        names = say("{others} or {last}", others=", ".join(most), last=last) if most else last
        reason = say_count(
            "a film is {lengths} second long, not {seconds}",
            "a film is {lengths} seconds long, not {seconds}",
            1 if names == "1" else 2,
            lengths=names,
            seconds=seconds,
        )
        raise BadRequest("length", reason)
    return known[seconds]


def video_sizes(engine: Engine) -> Sequence[tuple[int, int]]:
    """The sizes of an engine's films in pixels."""
    return engine.sizes or VIDEO_SIZES


def video_order(form: VideoRequestForm, engine: Engine, source: Source) -> VideoOrder:
    """The order of a film from that picture, as far as its size is known.

    Raises:
        PromptError, BadRequest
    """
    size = source.size
    target = nearest_video_size(*size, video_sizes(engine)) if size else engine.default_size
    words = (
        read_words(form.prompt, engine) if form.prompt else words_of_picture(source.prompt, engine)
    )
    notices = words.notices
    if form.motion != DEFAULT_MOTION and not engine.heeds_motion:
        notices += (
            say_on_card(
                "Motion doesn't count: {engine} goes by the words.", engine=engine.name or engine.id
            ),
        )
    if size and abs(math.log(size[0] / size[1]) - math.log(target[0] / target[1])) > SAME_SHAPE:
        notices += notices_of(form.fit, target)
    return VideoOrder(
        title=source.title,
        prompt=form.prompt or source.prompt,
        words=words.prompt,
        negative_words=words.negative_prompt,
        engine_id=engine.id,
        width=target[0],
        height=target[1],
        seed=form.seed or draw_seed(),
        cfg_scale=engine.default_cfg_scale if form.cfg_scale is None else form.cfg_scale,
        motion_bucket_id=form.motion if engine.heeds_motion else 0,
        segments=form.segments,
        segment_s=engine.segment_s,
        camera=form.camera,
        notices=notices,
        is_spoiler=source.is_spoiler,
    )


def notices_of(fit: Fit, size: tuple[int, int]) -> tuple[str, ...]:
    """What is done to a picture whose shape is not that of the film."""
    return (say_on_card(FITTED[fit], size=f"{size[0]}×{size[1]}"),)
