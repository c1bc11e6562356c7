"""One picture from one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.request import Sampler
from inference.backends.painter.canvas.blend import blend_start, blend_strength
from inference.backends.painter.canvas.blending import keep, open_start, paint_over
from inference.backends.painter.canvas.canvas import Canvas
from inference.backends.painter.canvas.finish import finish
from inference.backends.painter.canvas.palette import Palette
from inference.backends.painter.canvas.texture import weave
from inference.backends.painter.network import Network
from inference.backends.painter.prompt_features import read
from inference.backends.painter.random_source import RandomStream
from inference.backends.painter.scenes import choose
from inference.backends.painter.scenes.scene import Studio
from inference.backends.painter.styles import BRUSHLESS, render

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from generation.request import ImageRequest
    from inference.backends.painter.canvas.blending import Start
    from inference.backends.painter.scenes.scene import Scene


def detail_of(steps: int) -> float:
    """0 for one step, 1 for the usual thirty, 1.7 for the most."""
    return 1.85 * (1.0 - 1.0 / (1.0 + (steps - 1) / 34.0)) * 1.17


def paint(request: ImageRequest, is_stopped: Callable[[], bool]) -> NDArray[np.uint8]:
    """The picture of a request, as 8-bit sRGB (rows, columns, 3).

    Raises:
        Stopped: is_stopped said so while it was painted.
    """
    features = read(request)
    palette = Palette(features, RandomStream(request.seed, "palette"))
    shorter = min(request.width, request.height)
    studio = Studio(
        features=features,
        palette=palette,
        seed=request.seed,
        half_width=request.width / shorter,
        half_height=request.height / shorter,
        detail=detail_of(request.steps),
    )
    scene = choose(studio)
    canvas = _prepare(request, studio, scene, is_stopped)
    _paint_scene(canvas, scene)
    start, strength = _start(request, studio)
    if start is not None:
        paint_over(canvas, start, strength, palette.ramp(studio.dice("over")))
    finish(canvas, features, 0.0 if request.style in BRUSHLESS else scene.texture, studio.detail)
    if request.style is not None:
        render(canvas, request.style, studio.dice("style"))
    rgb = canvas.rgb()
    return rgb if start is None else keep(rgb, start, strength)


def _start(request: ImageRequest, studio: Studio) -> tuple[Start | None, float]:
    """The picture to paint over, if any, and how strongly."""
    if request.blend:
        return blend_start(request, studio.dice("blend")), blend_strength(request)
    if request.init_image is None:
        return None, 0.0
    start = open_start(request.init_image, request.mask, request.width, request.height)
    return start, request.strength


def _prepare(
    request: ImageRequest, studio: Studio, scene: Scene, is_stopped: Callable[[], bool]
) -> Canvas:
    """An empty canvas with the brush laid out; the sampler decides how its hairs lie."""
    octaves = round(min(3.0 + 3.2 * studio.detail, 7.0) * 4.0) / 4.0
    canvas = Canvas(request.width, request.height, weave(octaves), is_stopped)
    hairs = RandomStream(request.seed, "brush", request.sampler or Sampler.K_DPMPP_2M)
    network = Network(request.seed, studio.features.words)
    canvas.spread(network, scene.swirl, hairs, scene.reach)
    return canvas


def _paint_scene(canvas: Canvas, scene: Scene) -> None:
    for stage in scene.stages:
        if stage.layers:
            for band in canvas.bands(scene.jitter, scene.warp):
                for layer in stage.layers:
                    layer(band)
        for touch in stage.touches:
            canvas.checkpoint()
            touch(canvas)
