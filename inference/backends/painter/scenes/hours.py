"""The light of the hour: the colours of sky, land and water from dawn to night."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from inference.backends.painter.canvas.colour import Lab, oklch

if TYPE_CHECKING:
    from inference.backends.painter.scenes.scene import Studio

_Colour = tuple[float, float, float]
_ROLES: dict[str, tuple[_Colour, ...]] = {
    # zenith, middle, horizon, disc, haze, far, near, deep, cloud: lightness, chroma, hue
    "day": (
        (0.60, 0.14, 252), (0.78, 0.10, 236), (0.94, 0.04, 210), (0.99, 0.04, 100),
        (0.90, 0.035, 220), (0.74, 0.06, 235), (0.46, 0.10, 140), (0.46, 0.11, 236),
        (0.98, 0.012, 90),
    ),
    "dawn": (
        (0.56, 0.09, 280), (0.76, 0.10, 350), (0.92, 0.09, 75), (0.98, 0.08, 90),
        (0.90, 0.06, 60), (0.68, 0.08, 330), (0.38, 0.07, 200), (0.48, 0.08, 260),
        (0.93, 0.06, 40),
    ),
    "dusk": (
        (0.32, 0.11, 284), (0.56, 0.16, 12), (0.84, 0.15, 62), (0.96, 0.11, 85),
        (0.78, 0.13, 52), (0.52, 0.12, 350), (0.21, 0.06, 300), (0.30, 0.09, 280),
        (0.72, 0.15, 30),
    ),
    "night": (
        (0.15, 0.06, 275), (0.24, 0.085, 268), (0.42, 0.09, 245), (0.97, 0.03, 95),
        (0.40, 0.07, 250), (0.31, 0.07, 258), (0.13, 0.035, 270), (0.19, 0.06, 262),
        (0.36, 0.06, 270),
    ),
    "storm": (
        (0.34, 0.03, 262), (0.50, 0.035, 245), (0.76, 0.04, 120), (0.93, 0.03, 100),
        (0.70, 0.025, 200), (0.52, 0.03, 240), (0.26, 0.03, 220), (0.33, 0.045, 230),
        (0.62, 0.02, 250),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Light:
    """The colours of one moment."""

    zenith: Lab
    middle: Lab
    horizon: Lab
    disc: Lab
    haze: Lab
    far: Lab
    near: Lab
    deep: Lab
    cloud: Lab
    darkness: float
    """0 in full daylight, 1 at night."""


def light_of(studio: Studio) -> Light:
    """The light that the words ask for, or one that the seed likes."""
    shares = _shares(studio)
    roles: list[Lab] = []
    names = [field.name for field in fields(Light)][:-1]
    things = {"zenith": "wide", "middle": "wide", "horizon": "", "cloud": "clouds"}
    for index, name in enumerate(names):
        colour = Lab(0.0, 0.0, 0.0)
        for hour, share in shares.items():
            part = oklch(*_ROLES[hour][index])
            colour = Lab(*(c + p * share for c, p in zip(colour, part, strict=True)))
        roles.append(_own(studio, name, things.get(name), colour))
    return Light(*roles, darkness=shares["night"] + 0.35 * shares["dusk"] + 0.2 * shares["storm"])


def _own(studio: Studio, name: str, thing: str | None, colour: Lab) -> Lab:
    """The colour as this picture has it: the sun stays light, the sky takes the words' colours."""
    if name == "disc":
        sun = "moon" if studio.features.score("moon") > studio.features.score("sun") else "sun"
        steered = studio.palette.steer(colour, sun, 0.16)
        return Lab(max(steered.l, 0.9), steered.a, steered.b).fitted()
    if thing is None:
        return studio.palette.steer(colour, most=0.45)
    return studio.palette.steer(colour, thing, 0.55)


def _shares(studio: Studio) -> dict[str, float]:
    dice = studio.dice("hour")
    weights: dict[str, float] = {}
    for hour, bias in zip(_ROLES, (0.32, 0.26, 0.34, 0.2, 0.05), strict=True):
        weight = max(studio.features.score(hour) + dice.number(0.0, bias), 0.01)
        weights[hour] = weight * weight * weight
    total = sum(weights.values())
    return {hour: weight / total for hour, weight in weights.items()}
