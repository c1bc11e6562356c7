"""The colours of one picture: anchors from the words, harmony from the seed, and ramps of both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.exact import clamp, cosine_of, sine_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.backends.painter.exact import Plane
    from inference.backends.painter.prompt_features import PromptFeatures
    from inference.backends.painter.random_source import RandomStream

_RAMP = 512
_HARMONIES = (
    (0.0, 28.0, -24.0, 52.0),
    (0.0, 180.0, 22.0, 200.0),
    (0.0, 150.0, 210.0, 25.0),
    (0.0, 120.0, 240.0, 30.0),
    (0.0, 35.0, 180.0, 70.0),
    (0.0, -40.0, 160.0, 190.0),
)
"""Hues in degrees from the first: analogous, complementary, split, triad and two mixtures."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """A continuous row of colours, read at 0 … 1."""

    table: tuple[Plane, Plane, Plane]

    @classmethod
    def through(cls, stops: Sequence[tuple[float, Lab]]) -> Ramp:
        """The ramp through colours at places of 0 … 1, in rising order."""
        places = np.array([place for place, _ in stops], dtype=np.float64)
        t = np.arange(_RAMP, dtype=np.float64) / (_RAMP - 1)
        after = np.clip(np.searchsorted(places, t, side="right"), 1, len(stops) - 1)
        low, high = places[after - 1], places[after]
        share = clamp((t - low) / np.maximum(high - low, 1e-9))
        share = share * share * (3.0 - 2.0 * share) * 0.5 + share * 0.5
        channels: list[Plane] = []
        for channel in range(3):
            values = np.array([colour[channel] for _, colour in stops], dtype=np.float64)
            blended = values[after - 1] + (values[after] - values[after - 1]) * share
            channels.append(blended.astype(np.float32))
        return cls((channels[0], channels[1], channels[2]))

    def at(self, t: Plane) -> tuple[Plane, Plane, Plane]:
        """The colours at those places, as three planes."""
        index = (clamp(t) * float(_RAMP - 1) + 0.5).astype(np.intp)
        return self.table[0].take(index), self.table[1].take(index), self.table[2].take(index)

    def one(self, t: float) -> Lab:
        """One colour of the ramp."""
        index = int(min(max(t, 0.0), 1.0) * (_RAMP - 1) + 0.5)
        return Lab(*(float(channel[index]) for channel in self.table))


class Palette:
    """What a scene asks for its colours."""

    def __init__(self, features: PromptFeatures, dice: RandomStream) -> None:
        """Take the words' colours and fill up with a harmony of the seed's."""
        self._brief = features
        self.anchors = _anchors(features, dice)
        self.pull = min(sum(weight for _, weight in features.colours) * 0.38, 0.8)

    def ramp(self, dice: RandomStream, stops: int = 5) -> Ramp:
        """A ramp from dark to light through the anchors."""
        weighed = sorted(self.anchors, key=lambda pair: -pair[1])[:stops]
        weighed = [pair for pair in weighed if pair[1] > 0.16 * weighed[0][1]]
        colours = sorted((colour for colour, _ in weighed), key=lambda colour: colour.l)
        light = self._brief.tone("light")
        flat = 0.10 * self._brief.tone("contrast")
        flat = flat if flat > 0.0 else flat * 2.4
        low = min(max(0.20 + 0.16 * light - flat, 0.08), 0.6)
        high = min(max(0.92 + 0.06 * light + flat * 0.5, 0.66), 0.98)
        dark = colours[0].toward(oklch(0.2, 0.06, 275.0), 0.35)
        pale = colours[-1].toward(oklch(0.95, 0.05, 92.0), 0.45)
        row: list[tuple[float, Lab]] = [(0.0, Lab(low, dark.a, dark.b))]
        for index, colour in enumerate(colours):
            place = (index + 1) / (len(colours) + 1)
            even = low + (high - low) * place
            lightness = even + (colour.l - even) * 0.45
            clean = _unmuddied(Lab(lightness, colour.a, colour.b))
            row.append((place + dice.number(-0.04, 0.04), clean))
        row.append((1.0, Lab(high, pale.a, pale.b)))
        return Ramp.through([(place, self.finish(colour)) for place, colour in row])

    def accent(self, index: int = 0) -> Lab:
        """One of the words' strongest colours, for small bright things."""
        weighed = sorted(self.anchors, key=lambda pair: -pair[1])
        return self.finish(weighed[index % len(weighed)][0])

    def steer(self, colour: Lab, thing: str = "", most: float = 0.75) -> Lab:
        """A scene's own colour, drawn to what the words say of that thing or of everything."""
        tint = self._brief.tints.get(thing)
        if tint is not None:
            share = min(0.85, 0.85 * self._brief.gain)
            return self.finish(_recoloured(colour, tint, share, 0.6))
        share = min(self.pull, most)
        if share > 0.0:
            nearest = min(self.anchors, key=lambda pair: _distance(pair[0], colour) / pair[1])[0]
            colour = _recoloured(colour, nearest, share, 0.25)
        return self.finish(colour)

    def finish(self, colour: Lab) -> Lab:
        """The colour after the tones of the words and away from what they shun."""
        features = self._brief
        vivid, warm = features.tone("vivid"), features.tone("warm")
        chroma = max(1.0 + 0.35 * vivid, 0.0) if vivid > -1.2 else 0.06
        colour = colour.scaled(chroma)
        colour = Lab(colour.l, colour.a + 0.012 * warm, colour.b + 0.028 * warm)
        colour = colour.lit(0.05 * features.tone("light"))
        for shunned, weight in features.shunned:
            colour = _away(colour, shunned, weight)
        return colour.fitted()


def _anchors(features: PromptFeatures, dice: RandomStream) -> list[tuple[Lab, float]]:
    """The words' colours, then relatives of the first, then as much harmony as is left to say."""
    anchors = sorted(
        ((colour, weight) for colour, weight in features.colours if weight > 0.0),
        key=lambda pair: -pair[1],
    )[:6]
    said = min(sum(weight for _, weight in anchors), 1.0)
    hue, chroma = dice.number(0.0, 360.0), dice.number(0.07, 0.16)
    if anchors:
        first = anchors[0][0]
        chroma = min(first.chroma, 0.2)
        hue = _hue(first) if chroma > 0.02 else hue
        for step, lightness in ((16.0, 0.26), (-20.0, 0.84)):
            relative = oklch(lightness, chroma * 0.8, hue + step + dice.bell(6.0))
            anchors.append((relative, 0.45 * said))
    for step in dice.pick(_HARMONIES):
        lightness, own = dice.number(0.42, 0.82), dice.number(0.07, 0.17)
        own = own + (chroma * 0.8 - own) * said
        colour = oklch(lightness, own, hue + step + dice.bell(6.0))
        weight = (1.0 - 0.93 * said) * dice.number(0.5, 1.0)
        anchors.append((colour, max(weight, 0.02)))
    return anchors


def _hue(colour: Lab) -> float:
    """The hue in degrees; math.atan2 is rounded alike to far more than the hundredth kept."""
    return round(math.degrees(math.atan2(colour.b, colour.a)), 2)


def _distance(first: Lab, second: Lab) -> float:
    light = (first.l - second.l) * 0.6
    return light * light + (first.a - second.a) ** 2 + (first.b - second.b) ** 2 + 0.002


def _recoloured(colour: Lab, tint: Lab, share: float, light: float) -> Lab:
    """The colour with the tint's hue and chroma, and a part of its lightness."""
    return Lab(
        colour.l + (tint.l - colour.l) * share * light,
        colour.a + (tint.a - colour.a) * share,
        colour.b + (tint.b - colour.b) * share,
    )


def _unmuddied(colour: Lab) -> Lab:
    """The colour, unless it is a dark yellow: that becomes a warm brown or a green."""
    hue = _hue(colour) % 360.0
    if colour.l > 0.58 or colour.chroma < 0.03 or not 66.0 < hue < 128.0:
        return colour
    return oklch(colour.l, colour.chroma * 0.85, 50.0 if hue < 98.0 else 146.0)


def _away(colour: Lab, shunned: Lab, weight: float) -> Lab:
    """The colour, turned away from a shunned hue or lightness, the more the closer it lies."""
    reach = min(weight, 2.0)
    if shunned.chroma < 0.03:
        nearness = max(1.0 - abs(colour.l - shunned.l) / 0.4, 0.0) * max(
            1.0 - colour.chroma / 0.2, 0.0
        )
        step = 0.3 if shunned.l < 0.55 else -0.3
        return colour.lit(step * nearness * reach)
    if colour.chroma < 0.01:
        return colour
    off = (_hue(colour) - _hue(shunned) + 180.0) % 360.0 - 180.0
    nearness = max(1.0 - abs(off) / 70.0, 0.0)
    turn = (75.0 if off >= 0 else -75.0) * nearness * min(reach, 1.3)
    fade = 1.0 - 0.45 * nearness * min(reach, 1.5)
    cosine, sine = cosine_of(turn / 360.0), sine_of(turn / 360.0)
    return Lab(
        colour.l,
        (colour.a * cosine - colour.b * sine) * fade,
        (colour.a * sine + colour.b * cosine) * fade,
    )
