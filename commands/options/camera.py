"""The options for a camera move, which every kind that makes films has."""

from __future__ import annotations

from dataclasses import replace

from discord import app_commands

from commands.errors import NoCameraMove
from commands.languages import say_name
from commands.options.values import check_choice, read_with
from media.camera import Camera, Easing, Move

NO_CAMERA = "none"

MOVES = [app_commands.Choice(name=move.replace("-", " "), value=str(move)) for move in Move]
EASINGS = [
    app_commands.Choice(name=easing.replace("-", " "), value=str(easing)) for easing in Easing
]


def read_camera(move: str | None, strength: int | None, easing: str | None) -> Camera | None:
    """A camera move by its options; None without one.

    Raises:
        BadInput, NoCameraMove
    """
    if move is None or move == NO_CAMERA:
        if strength is not None or easing is not None:
            raise NoCameraMove("strength" if strength is not None else "easing")
        return None
    check_choice("camera", move, MOVES)
    camera = Camera(move=Move(move))
    if easing is not None:
        check_choice("easing", easing, EASINGS)
        camera = replace(camera, easing=Easing(easing))
    if strength is not None:
        camera = read_with(lambda given: replace(camera, strength=given), "strength", strength)
    return camera


def camera_words(camera: Camera) -> str:
    """A camera move in words."""
    move = say_name("choice", camera.move.replace("-", " "))
    easing = say_name("choice", camera.easing.replace("-", " "))
    return f"{move}, {camera.strength} %, {easing}"
