"""The options for a camera move, which every kind that makes films has."""

from __future__ import annotations

from typing import Any

from discord import app_commands

from commands.errors import BadInput, NoCameraMove
from commands.languages import say, say_name
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
    if move not in map(str, Move):
        known = ", ".join(known_move.replace("-", " ") for known_move in Move)
        raise BadInput("camera", say("Camera must be {moves}", moves=known))
    try:
        values: dict[str, Any] = {"strength": strength} if strength is not None else {}
        values |= {"easing": Easing(easing)} if easing is not None else {}
        return Camera(move=Move(move), **values)
    except ValueError as error:
        raise BadInput("camera", f"{error}") from None


def camera_words(camera: Camera) -> str:
    """A camera move in words."""
    move = say_name("choice", camera.move.replace("-", " "))
    easing = say_name("choice", camera.easing.replace("-", " "))
    return f"{move}, {camera.strength} %, {easing}"
