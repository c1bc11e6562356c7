"""What a picture can be of: each module holds the layers of one kind of picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.backends.painter.scenes import landscape
from inference.backends.painter.scenes.bouquet import bouquet
from inference.backends.painter.scenes.cells import cells
from inference.backends.painter.scenes.creature import creature
from inference.backends.painter.scenes.crystal import crystal
from inference.backends.painter.scenes.currents import fire, silk, waves
from inference.backends.painter.scenes.geometry import geometry
from inference.backends.painter.scenes.ornament import mandala
from inference.backends.painter.scenes.space import space

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.backends.painter.scenes.scene import Scene, Studio

_KINDS: dict[str, Callable[[Studio], Scene]] = {
    "landscape": landscape.compose,
    "flow": silk,
    "waves": waves,
    "fire": fire,
    "crystal": crystal,
    "cells": cells,
    "mandala": mandala,
    "geometry": geometry,
    "creature": creature,
    "bouquet": bouquet,
    "space": space,
}


def choose(studio: Studio) -> Scene:
    """The kind of picture that the words ask for most, or the one that the seed likes."""
    dice, features = studio.dice("kind"), studio.features
    scores = {name: features.score(name) + dice.number(0.0, 0.3) for name in _KINDS}
    grounds = sorted((features.score(name) for name in landscape.GROUNDS), reverse=True)
    view = max(grounds[0], 0.0) + 0.4 * max(grounds[1], 0.0) + 0.7 * features.score("wide")
    scores["landscape"] += view + 0.25 * max(features.score("trees"), features.score("clouds"), 0.0)
    scores["mandala"] += 0.25 * features.amount("symmetric") + 0.3 * features.amount("spiral")
    scores["space"] += 0.6 * features.amount("spiral")
    scores["geometry"] += features.amount("grid")
    kind = max(scores, key=lambda name: scores[name])
    return _KINDS[kind](studio)
