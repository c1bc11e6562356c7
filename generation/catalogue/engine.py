"""One engine: what it takes, its defaults and its price rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generation.request import MAX_SEED, Sampler, figure
from sentences import Sentence, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

IMAGE, VIDEO, UPSCALE, EDIT, CONTROL = "image", "video", "upscale", "edit", "control"
DEPTH = "depth"
KINDS = (IMAGE, VIDEO, UPSCALE, EDIT, CONTROL, DEPTH)
"""What an engine's `kind` can be."""

GRPC, STABILITY_REST = "grpc", "stability-rest"
TRANSPORTS = (GRPC, STABILITY_REST)
"""How an engine is asked: over the gooseai protocol, or by Stability's /v2beta/stable-image."""

WITHOUT_MODEL = frozenset({"painter"})
"""The backends that draw by an algorithm, without a trained model."""

RATIO_WEIGHT = 4
"""How much more a wrong ratio counts than a wrong area, where a size is chosen for an aspect."""

SIDE_STEP = 64
"""Widths and heights are multiples of this where an engine says nothing else (Stability's)."""


WIDTH, HEIGHT = message("the width {pixels}"), message("the height {pixels}")


@dataclass(frozen=True, slots=True)
class Engine:
    """What one engine takes, its defaults and its price rule; sizes are in pixels.

    `controls` are the kinds of control pictures that it follows. `blends` says that it mixes
    several pictures into one, `cross_attention` that weights can be applied to the predictions of
    each prompt (gooseai.WeightMethod).

    `max_running` is how many jobs it bears at once, 0 for any number. A video engine makes films
    from pictures of its sizes: `segment_s` is how many seconds of film one paid generation gives,
    `typical_s` how many it takes until that is learned, `poll_spacing_s` how many are between two
    questions whether it is ready (Stability allows one in ten seconds). `takes_prompt` says that
    words steer its films, `heeds_motion` that the amount of motion does, and `frames` and
    `frames_per_s` what a segment is made of on our server.

    An engine of the transport "stability-rest" has an `endpoint` (its path below
    /v2beta/stable-image/) and there perhaps a `model`; pictures with a mask go to `mask_endpoint`
    at `mask_price`. It draws `aspects` (width to height), for which `sizes` stand in their order.

    `default_sampler` draws where a request names none; without one the server chooses.

    An engine of the kind "upscale" takes pictures within its limits of sizes and makes them
    `factor` times as wide and high; with 0 its service chooses the size of the result. One with
    `takes_prompt` samples the larger picture: it reads words, and steps, guidance and seed count.

    One of the kind "depth" estimates the depth of pictures for other work of our server; nobody
    asks it directly.

    `edits` are what it does to a given picture (`generation.edits`): one of the kind "edit" does
    nothing else, and one that draws does it through a mask.

    `loras` and `embeddings` are the names of its LoRAs and the words of its textual inversions, and
    `has_more_adapters` says that its server has others. `unusable_loras` lie beside them and cannot
    be used: each with the reason. None of these stands in a catalogue.
    """

    id: str
    name: str = ""
    description: str = ""
    kind: str = IMAGE
    backend: str = ""
    aliases: tuple[str, ...] = ()
    price: str = ""
    emphasis: bool = False
    transport: str = GRPC
    endpoint: str = ""
    model: str = ""
    mask_endpoint: str = ""
    mask_price: str = ""
    heeds_negative: bool = True
    default_size: tuple[int, int] = (512, 512)
    aspects: tuple[tuple[int, int], ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()
    side_step: int = SIDE_STEP
    min_side: int = SIDE_STEP
    max_side: int = 1 << 14
    max_short_side: int = 1 << 14
    min_pixels: int = SIDE_STEP * SIDE_STEP
    max_pixels: int = 1 << 20
    min_steps: int = 10
    max_steps: int = 150
    default_steps: int = 30
    min_cfg_scale: float = 0.0
    max_cfg_scale: float = 35.0
    default_cfg_scale: float = 7.0
    max_samples: int = 10
    max_seed: int = MAX_SEED
    max_running: int = 0
    max_prompt_chars: int = 2000
    samplers: tuple[Sampler, ...] = tuple(Sampler)
    default_sampler: Sampler | None = None
    clip_guidance: bool = False
    styles: bool = True
    init_image: bool = True
    mask: bool = True
    edits: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    blends: bool = False
    cross_attention: bool = False
    loras: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    has_more_adapters: bool = False
    unusable_loras: tuple[tuple[str, str], ...] = ()
    takes_prompt: bool = False
    heeds_motion: bool = True
    frames: int = 25
    frames_per_s: int = 12
    segment_s: float = 2.0
    typical_s: float = 41.0
    poll_spacing_s: float = 10.0
    factor: int = 0

    @property
    def has_model(self) -> bool:
        """Whether a trained model draws or films; so it is with engines of others."""
        return self.backend not in WITHOUT_MODEL

    @property
    def has_steps(self) -> bool:
        """Whether it can be told how many steps to take."""
        return self.max_steps > 0

    @property
    def is_rest(self) -> bool:
        """Whether it is asked by Stability's REST API."""
        return self.transport == STABILITY_REST

    def size_problem(self, width: int, height: int) -> Sentence | None:
        """Why the engine cannot draw that size, or None if it can."""
        problem = self._why_not(width, height)
        if problem is None:
            return None
        nearest = "{}×{}".format(*self.nearest_size(width, height))
        return Sentence("{problem}; the nearest is {size}", problem=problem, size=nearest)

    def _why_not(self, width: int, height: int) -> Sentence | None:
        size = f"{figure(width)}×{figure(height)}"
        short = min(width, height)
        pixels = width * height
        if self.sizes:
            if (width, height) in self.sizes:
                return None
            return Sentence("{engine} does not draw {size}", engine=self.id, size=size)
        wrong = [*self._side_problems(WIDTH, width), *self._side_problems(HEIGHT, height)]
        if wrong:
            return (
                Sentence("{one} and {other}", one=wrong[0], other=wrong[1])
                if wrong[1:]
                else wrong[0]
            )
        if short > self.max_short_side:
            return Sentence(
                "only one side of {size} may be above {limit} pixels",
                size=size,
                limit=self.max_short_side,
            )
        if pixels > self.max_pixels:
            takes = message("{size} has more than the {limit:,} pixels that {engine} takes")
            draws = message("{size} has more than the {limit:,} pixels that {engine} draws")
            most = takes if self.kind in (UPSCALE, EDIT) else draws
            return Sentence(most, size=size, limit=self.max_pixels, engine=self.id)
        if pixels < self.min_pixels:
            return Sentence(
                "{size} has fewer than the {limit:,} pixels that {engine} needs",
                size=size,
                limit=self.min_pixels,
                engine=self.id,
            )
        return None

    def _side_problems(self, side: str, pixels: int) -> list[Sentence]:
        """What is wrong with one side, by itself."""
        shown = Sentence(side, pixels=figure(pixels))
        if pixels > self.max_side:
            return [Sentence("{side} is above {limit}", side=shown, limit=self.max_side)]
        if pixels < self.min_side:
            return [Sentence("{side} is below {limit}", side=shown, limit=self.min_side)]
        if pixels % self.side_step:
            return [Sentence("{side} is not a multiple of {step}", side=shown, step=self.side_step)]
        return []

    def nearest_size(self, width: int, height: int) -> tuple[int, int]:
        """The allowed size that both sides have to change least for, in proportion."""
        if self.aspects:
            return self.size_for_aspect(width, height)
        width, height = _sane(width), _sane(height)

        def change(size: tuple[int, int]) -> float:
            return round(math.hypot(math.log(size[0] / width), math.log(size[1] / height)), 9)

        return min(_sizes_near(self, lambda _width: height), key=change)

    def nearest_aspect(self, across: int, down: int) -> tuple[int, int]:
        """The nearest in ratio of the aspects that the engine has; it has some."""
        ratio = math.log(_sane(across) / _sane(down))
        return min(self.aspects, key=lambda one: round(abs(math.log(one[0] / one[1]) - ratio), 9))

    def size_for_aspect(self, across: int, down: int) -> tuple[int, int]:
        """The allowed size near to the ratio and to the default area, so to its price.

        A wrong ratio counts four times as much as a wrong area, each as a difference of logarithms.
        """
        area = math.log(math.prod(self.default_size))

        def distance(off: float, size: tuple[int, int]) -> float:
            return round(RATIO_WEIGHT * off + abs(math.log(math.prod(size)) - area), 9)

        return self._nearest_shape(across, down, distance)

    def size_for_shape(self, across: int, down: int) -> tuple[int, int]:
        """The allowed size nearest to the ratio, then to the default area.

        As little as possible of a picture of that shape is cut off.
        """
        area = math.prod(self.default_size)
        return self._nearest_shape(
            across, down, lambda off, size: (off, abs(math.prod(size) - area))
        )

    def _nearest_shape(
        self, across: int, down: int, distance: Callable[[float, tuple[int, int]], Any]
    ) -> tuple[int, int]:
        """The allowed size of the least distance, which is told how far the ratio is off."""
        if self.aspects:
            return self.sizes[self.aspects.index(self.nearest_aspect(across, down))]
        ratio = math.log(_sane(across) / _sane(down))

        def key(size: tuple[int, int]) -> Any:
            # Rounded, so that equal ratios tie although floats differ in the last bit.
            return distance(round(abs(math.log(size[0] / size[1]) - ratio), 9), size)

        return min(_sizes_near(self, lambda width: width / math.exp(ratio)), key=key)


def _sane(side: int) -> int:
    # Members can type any figure; beyond these all sizes are equally far off.
    return min(max(side, 1), 1 << 20)


def has_sizes(engine: Engine) -> bool:
    """Whether there is any size that the engine draws, or takes."""
    return bool(engine.sizes) or any(_heights(engine, width) for width in _sides(engine))


def smallest_size(engine: Engine) -> tuple[int, int]:
    """The size of the fewest pixels that the engine draws, or takes."""
    least = ((width, heights.start) for width, heights in _shapes(engine))
    return min(engine.sizes or least, key=math.prod)


def sizes_of_shape(
    engine: Engine, across: int, down: int, tolerance: float
) -> Iterator[tuple[int, int]]:
    """The sizes of about that ratio, which may be off by so much as a difference of logarithms.

    They are found among the heights of each width that come near: an engine whose sizes go in steps
    of a pixel has millions.
    """
    ratio = across / down
    for width, height in engine.sizes or _near_shape(engine, ratio, tolerance):
        if abs(math.log(width / height / ratio)) <= tolerance:
            yield width, height


def _near_shape(engine: Engine, ratio: float, tolerance: float) -> Iterator[tuple[int, int]]:
    for width, heights in _shapes(engine):
        lowest, highest = (width / ratio * math.exp(sign * tolerance) for sign in (-1, 1))
        first = max(0, int((lowest - heights.start) // heights.step))
        last = max(0, int((highest - heights.start) // heights.step) + 2)
        for height in heights[first:last]:
            yield width, height


def _shapes(engine: Engine) -> Iterator[tuple[int, range]]:
    """Each width with its heights, where it has any."""
    for width in _sides(engine):
        if heights := _heights(engine, width):
            yield width, heights


def _sides(engine: Engine) -> range:
    step = engine.side_step
    return range(math.ceil(engine.min_side / step) * step, engine.max_side + 1, step)


def _heights(engine: Engine, width: int) -> range:
    """The heights that the engine draws at a width, without gaps."""
    step, sides = engine.side_step, _sides(engine)
    least = max(sides.start, math.ceil(engine.min_pixels / width / step) * step)
    most = min(engine.max_side, engine.max_pixels // width)
    if width > engine.max_short_side:
        most = min(most, engine.max_short_side)
    return range(least, most + 1, step)


def _sizes_near(engine: Engine, height_for: Callable[[int], float]) -> Iterable[tuple[int, int]]:
    """Of each width the two allowed heights next to the wanted one, where sizes have no list."""
    if engine.sizes:
        yield from engine.sizes
        return
    for width, heights in _shapes(engine):
        below = int((height_for(width) - heights.start) // heights.step)
        for place in {min(max(below + more, 0), len(heights) - 1) for more in (0, 1)}:
            yield width, heights[place]
