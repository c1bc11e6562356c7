"""/animate: short films from pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord
from discord import Attachment, Interaction, app_commands

from commands.errors import NoStart
from commands.kinds.video.actions import VideoActions
from commands.kinds.video.forms import FITS, priced_lengths
from commands.kinds.video.read import (
    MOTIONS,
    NO_CAMERA,
    VideoRequestForm,
    read_camera,
    read_fit,
    read_length,
    read_motion,
)
from commands.kinds.video.sources import of_upload
from commands.uploads import uploaded
from generation.video.request import MAX_CFG_SCALE, MAX_SEED
from media.camera import Easing, Move
from media.fit import Fit
from prompts import MAX_CHARS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.tools import Tools

Choice = app_commands.Choice
Range = app_commands.Range

CAMERAS = [
    Choice(name="nothing", value=NO_CAMERA),
    *(Choice(name=move.replace("-", " "), value=str(move)) for move in Move),
]
EASINGS = [Choice(name=easing.replace("-", " "), value=str(easing)) for easing in Easing]


def is_offered(tools: Tools) -> bool:
    """Whether there is an engine that makes films."""
    return tools.videos.engine is not None


def build(tools: Tools) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command, the entry of the messages' menu, and the actions of buttons and forms."""
    acts = VideoActions(tools)
    command = _command(acts)
    if tools:
        _tell_prices(command, tools)

    @app_commands.context_menu(name="Animate")
    async def menu(interaction: Interaction[Any], message: discord.Message) -> None:
        await acts.open_for_message(interaction, message)

    return [cast("Registered", command), cast("Registered", menu)], acts.by_name


def _command(acts: VideoActions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="animate")
    @app_commands.choices(
        fit=[Choice(name=label, value=str(fit)) for fit, label in FITS.items()],
        camera=CAMERAS,
        easing=EASINGS,
    )
    async def command(
        interaction: Interaction[Any],
        image: Attachment | None = None,
        prompt: Range[str, 1, MAX_CHARS] | None = None,
        motion: Range[str, 1, 20] | None = None,
        cfg: Range[float, 0.0, MAX_CFG_SCALE] | None = None,
        seed: Range[int, 0, MAX_SEED] | None = None,
        fit: str = Fit.CROP,
        length: int | None = None,
        camera: str | None = None,
        strength: Range[int, 1, 100] | None = None,
        easing: str | None = None,
    ) -> None:
        """Make a short film from a picture, or from words.

        Args:
            image: The picture to start from
            prompt: Or words: the picture is drawn first, and shown for approval
            motion: How much moves: calm, gentle, normal, lively, wild, or 1 to 255
            cfg: How close it keeps to the picture, 0 to 10
            seed: The same seed and picture give the same film again
            fit: What to do with a picture whose shape is not a film's
            length: How long, in seconds
            camera: What the camera does in the finished film
            strength: How strongly the camera moves, in percent
            easing: How the camera speeds up and slows down
        """
        if (image is None) == (prompt is None):
            raise NoStart
        form = VideoRequestForm(
            motion=read_motion(motion),
            cfg_scale=cfg,
            seed=seed or None,
            fit=read_fit(fit),
            segments=read_length(length, acts.videos_submission.engine),
            camera=read_camera(camera, strength, easing),
        )
        if image is not None:
            await acts.videos_submission.submit(interaction, form, of_upload(uploaded(image)))
        else:
            await acts.draw_first(interaction, form, prompt or "")

    @command.autocomplete("motion")
    async def motions(_: Interaction[Any], typed: str) -> list[Choice[str]]:
        wanted = typed.strip().lower()
        return [
            Choice(name=f"{name} ({number})", value=name)
            for name, number in MOTIONS.items()
            if wanted in name or wanted in str(number)
        ]

    return cast("app_commands.Command[Any, ..., None]", command)


def _tell_prices(command: app_commands.Command[Any, ..., None], tools: Tools) -> None:
    """Each length with its price; the engine is known only now."""
    engine = tools.videos.engine
    if engine is None:
        return
    choices = [Choice(name=label, value=seconds) for seconds, label in priced_lengths(engine)]
    app_commands.choices(length=choices)(command)
