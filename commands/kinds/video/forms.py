"""The forms of films: how it moves, how long it is, and what the camera does.

Like the form of a prompt they are read from the raw interaction, so they work after a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.ui import Modal

from commands.kinds.video.read import MOTIONS, VideoRequestForm, lengths
from commands.languages import marked, say, say_name
from commands.options.camera import NO_CAMERA
from commands.ui.modals import choice_field, custom_id
from commands.ui.text import credits_of, seconds
from generation import credits as money
from generation.pricing import segment_price_mc
from media.camera import Easing, Move
from media.fit import Fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine

STRENGTHS = (25, 50, 75, 100)
USUAL = "normal"
FREE = marked("Free: re-renders the same film.")
FITS = {
    Fit.CROP: marked("Crop to fit"),
    Fit.PAD: marked("Fit, with a blurred background"),
    Fit.STRETCH: marked("Stretch to fit"),
}

Options = list[tuple[str, str]]
"""Values with their labels, the first of which is the default."""


def animate_form(
    subject: str, titles: Sequence[str], engine: Engine, chosen: VideoRequestForm | None = None
) -> Modal:
    """How a picture is to move; `titles` are the pictures to choose from, with their numbers.

    `chosen` is what was chosen before.
    """
    chosen = chosen or VideoRequestForm()
    form = Modal(title=say("Animate"), custom_id=custom_id("animated", subject))
    if len(titles) > 1:
        pictures = [(str(number), title) for number, title in enumerate(titles)]
        form.add_item(choice_field(say("Picture"), "picture", pictures))
    priced = [(str(length_s), priced_length(engine, length_s)) for length_s in lengths(engine)]
    length = next((name for name, parts in lengths(engine).items() if parts == chosen.segments), "")
    form.add_item(choice_field(say("Length"), "length", priced, str(length)))
    if engine.heeds_motion:
        motion = next((name for name, bucket in MOTIONS.items() if bucket == chosen.motion), USUAL)
        form.add_item(choice_field(say("Motion"), "motion", _motions(), motion))
    camera = str(chosen.camera.move) if chosen.camera else NO_CAMERA
    form.add_item(choice_field(say("Camera move"), "camera", _moves(camera)))
    fits = [(str(fit), say(label)) for fit, label in FITS.items()]
    form.add_item(
        choice_field(say("If the picture isn't 16:9, 9:16 or square"), "fit", fits, chosen.fit)
    )
    form.stop()
    return form


def camera_form(subject: str) -> Modal:
    """What the camera is to do in a film that is there."""
    form = Modal(title=say("Camera"), custom_id=custom_id("camera_set", subject))
    moves = _moves(Move.PAN_LEFT)
    form.add_item(choice_field(say("Camera move"), "camera", moves, about=say(FREE)))
    strengths = [(str(percent), f"{percent} %") for percent in STRENGTHS]
    form.add_item(choice_field(say("Strength"), "strength", strengths, "50"))
    easings = [(str(easing), _said(easing)) for easing in Easing]
    form.add_item(
        choice_field(
            say("Easing: how it speeds up and slows down"), "easing", easings, Easing.SMOOTH
        )
    )
    form.stop()
    return form


def priced_length(engine: Engine, length_s: int) -> str:
    """One of the lengths that a film of that engine can have, with its price."""
    price = money.price(segment_price_mc(engine) * lengths(engine)[length_s])
    return f"{seconds(length_s)} · {credits_of(price)}"


def _motions() -> Options:
    return [(name, f"{say(name).capitalize()} ({number})") for name, number in MOTIONS.items()]


def _moves(default: str = NO_CAMERA) -> Options:
    moves = [(NO_CAMERA, say("No camera move")), *((str(move), _said(move)) for move in Move)]
    return sorted(moves, key=lambda option: option[0] != default)


def _said(name: str) -> str:
    return say_name("choice", name.replace("-", " ")).capitalize()
