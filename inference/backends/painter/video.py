"""The painter's film: a slow path through its latent space that starts at a given picture.

The latent space is that of the compositional pattern network. Where the network changes its mind
along the path, the picture flows and its light plays; at the first step nothing has changed yet, so
the film begins with the picture itself. Every frame is made from that picture, never from the frame
before, so nothing blurs as it goes on.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from generation.video.request import MAX_MOTION
from inference.backends.cancellation import Stopped
from inference.backends.painter.canvas.blending import open_start
from inference.backends.painter.network import Network
from inference.backends.painter.random_source import RandomStream
from inference.video.encoding import encode
from inference.video.order import Video, VideoOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from inference.backends.painter.exact import Plane
    from inference.backends.painter.network import Patterns

_CELL = 32
"""The picture flows as a mesh of cells of so many pixels; all sizes divide by it."""
_MARGIN = 96
"""So many pixels are mirrored beyond the border, for what flows in from there."""
_WALK = 0.8
"""How far the path leads: the weight of the word at its end."""
_FLOW = 0.24
"""How far the strongest motion moves a place, in half the shorter side for each unit of warp."""
_PUSH = 0.14
"""How much larger the strongest motion makes the picture by its end."""
_PAN = 0.10
_LIGHT = 0.9
_PNG_COMPRESSION = 2
COMMENT = "Atelier painter (no model)"


def shoot(order: VideoOrder, is_stopped: Callable[[], bool]) -> Video:
    """The film of an order.

    Raises:
        Stopped: is_stopped said so while it was made.
    """
    path = _Morph(order)
    last = path.start

    def frames() -> Iterator[NDArray[np.uint8]]:
        nonlocal last
        for number in range(order.frames):
            if is_stopped():
                raise Stopped
            last = path.frame(number)
            yield last

    video = encode(frames(), order.width, order.height, order.frames_per_s, COMMENT)
    buffer = BytesIO()
    Image.fromarray(last).save(buffer, "PNG", compress_level=_PNG_COMPRESSION)
    return Video(video, buffer.getvalue())


class _Morph:
    """Where each frame stands, and what the picture looks like from there."""

    def __init__(self, order: VideoOrder) -> None:
        self.start = open_start(order.image, None, order.width, order.height).rgb
        self._seed = order.seed
        self._last = max(order.frames - 1, 1)
        self._motion = order.motion_bucket_id / MAX_MOTION
        # Guidance keeps a film close to its picture; here it holds light and colour back.
        self._freedom = 1.0 / (1.0 + 0.4 * order.cfg_scale)
        dice = RandomStream(order.seed, "film")
        self._pan = dice.bell(0.5) * _PAN, dice.bell(0.5) * _PAN
        self._unit = min(order.width, order.height) / 2.0
        self._columns = np.arange(0, order.width + 1, _CELL, dtype=np.float32)
        self._rows = np.arange(0, order.height + 1, _CELL, dtype=np.float32).reshape(-1, 1)
        border = ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0))
        self._ground = Image.fromarray(np.pad(self.start, border, mode="reflect"))
        self._before = self._patterns(0.0)

    def frame(self, number: int) -> NDArray[np.uint8]:
        """The frame of that number as 8-bit sRGB; number 0 is the picture itself."""
        share = _eased(number / self._last)
        if share == 0.0:
            return self.start
        now = self._patterns(share)
        return self._lit(self._moved(now, share), now)

    def _patterns(self, share: float) -> Patterns:
        """What the network says at every corner of the mesh, that share of the way."""
        network = Network(self._seed, (("film", share * _WALK),))
        x = (self._columns - self._columns[-1] / 2.0) * np.float32(1.0 / self._unit)
        y = (self._rows - self._rows[-1] / 2.0) * np.float32(1.0 / self._unit)
        return network.at(x, y)

    def _moved(self, now: Patterns, share: float) -> NDArray[np.uint8]:
        """The picture, flown to where the path has carried it."""
        flow = _FLOW * self._motion * self._unit
        push = 1.0 / (1.0 + _PUSH * self._motion * share)
        moved: list[Plane] = []
        for axis, pan, after, before in (
            (self._columns, self._pan[0], now.warp_x, self._before.warp_x),
            (self._rows, self._pan[1], now.warp_y, self._before.warp_y),
        ):
            middle = float(axis.max()) / 2.0
            drift = pan * self._motion * share * self._unit
            place = middle + (axis - middle) * push + drift + _soft(after - before) * flow
            # The mirror ends where the margin does.
            moved.append(np.clip(place, 1 - _MARGIN, 2.0 * middle + _MARGIN - 1) + _MARGIN)
        return self._through(moved[0], moved[1])

    def _through(self, x: Plane, y: Plane) -> NDArray[np.uint8]:
        """The picture through a mesh whose corners look at those places of the ground."""
        corners = np.stack([x, y], axis=2)
        left, right = corners[:, :-1], corners[:, 1:]
        # Around each cell from its upper left corner, first down.
        around = np.concatenate([left[:-1], left[1:], right[1:], right[:-1]], axis=2)
        mesh = [
            ((column * _CELL, row * _CELL, (column + 1) * _CELL, (row + 1) * _CELL), quad)
            for row, line in enumerate(around.tolist())
            for column, quad in enumerate(line)
        ]
        height, width = self.start.shape[:2]
        moved = self._ground.transform(
            (width, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR
        )
        return np.asarray(moved, dtype=np.uint8)

    def _lit(self, rgb: NDArray[np.uint8], now: Patterns) -> NDArray[np.uint8]:
        """The picture with lights and colours that have moved with the path."""
        strength = _LIGHT * self._motion * self._freedom
        tone = self._spread(now.tone - self._before.tone) * np.float32(strength)
        hue = self._spread(now.hue - self._before.hue) * np.float32(strength * 0.35)
        out = np.empty_like(rgb)
        for channel, turn in enumerate((hue, None, -hue)):
            shade = tone if turn is None else tone + turn
            level = rgb[..., channel].astype(np.float32)
            # Most in the middle tones; black stays black and white stays white.
            more = np.float32(255.0) - level
            for factor in (level, shade, np.float32(1.0 / 255.0)):
                more *= factor
            level += more
            level += np.float32(0.5)
            out[..., channel] = np.clip(level, 0.0, 255.0, out=level)
        return out

    def _spread(self, plane: Plane) -> Plane:
        """The plane of the mesh's corners at every pixel, blended."""
        height, width = self.start.shape[:2]
        middles = _soft(plane)
        sheet = Image.fromarray(np.ascontiguousarray(middles, dtype=np.float32))
        return np.asarray(sheet.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def _soft(plane: Plane) -> Plane:
    """The plane without its creases, so that no place of the picture is torn."""
    for _ in range(6):
        wide = np.pad(plane, 1, mode="edge")
        rows = (wide[:-2] + 2.0 * wide[1:-1] + wide[2:]) * 0.25
        plane = (rows[:, :-2] + 2.0 * rows[:, 1:-1] + rows[:, 2:]) * 0.25
    return plane


def _eased(share: float) -> float:
    """0 … 1, setting out and arriving gently: the next film may go on from the last frame."""
    return share * share * (3.0 - 2.0 * share)
