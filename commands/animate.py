"""/animate: short films from pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from discord import Attachment, Interaction, app_commands

from commands.approval import Approval
from commands.errors import NoStart
from commands.kinds.image.job_request import ImageServices
from commands.kinds.video.actions import VideoActions
from commands.kinds.video.forms import FITS, priced_length
from commands.kinds.video.read import (
    MOTIONS,
    VideoRequestForm,
    lengths,
    read_fit,
    read_length,
    read_motion,
)
from commands.kinds.video.services import VideoServices
from commands.kinds.video.sources import of_upload
from commands.languages import marked, say
from commands.languages.translator import said
from commands.options.camera import EASINGS, MOVES, NO_CAMERA, read_camera
from commands.options.engines import MAX_CHOICES
from commands.options.pictures import EngineName, Prompt
from commands.options.slash import drop_options, runs_command, slash
from commands.ui.text import credits_of, seconds
from commands.uploads import uploaded
from generation import credits as money
from generation.pricing import segment_price_mc
from generation.video.request import MAX_CFG_SCALE, MAX_SEED
from media.fit import Fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from commands.submission import Submission
    from generation.catalogue.catalogue import Engine
    from jobs.videos import Videos

Choice = app_commands.Choice
Range = app_commands.Range

CAMERAS = [Choice(name="no camera move", value=NO_CAMERA), *MOVES]


def build(
    jobs: JobServices,
    pending: PendingOrders,
    submission: Submission,
    rules: RuleServices,
    engines: OfferedEngines,
    media: MediaServices,
    videos: Videos,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command, the entry of the messages' menu, and the actions of buttons and forms."""
    services = VideoServices(
        records=jobs.records, videos=videos, engines=engines, media=media, now=now
    )
    images = ImageServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    actions = VideoActions(services, submission, pending, rules)
    approval = Approval(images, services, submission)
    animate = Animate(actions, approval, services)
    command = slash("animate", animate.command, suggestions={"motion": suggest_motions})
    menu = app_commands.ContextMenu(name="Animate", callback=actions.open_for_message)
    return [command, menu], {**actions.by_name, **approval.by_name}


def offer(commands: Sequence[Registered], engines: OfferedEngines) -> Sequence[Registered]:
    """The commands with the lengths that the engine makes; none without an engine."""
    if engines.video is None:
        return []
    for command in commands:
        if isinstance(command, app_commands.Command):
            app_commands.choices(length=_lengths(engines.videos))(command)
            if len(engines.videos) > 1:
                listed = engines.videos[:MAX_CHOICES]
                names = [Choice(name=said(partial(_name, one)), value=one.id) for one in listed]
                app_commands.choices(engine=names)(command)
            else:
                drop_options(command, ["engine"])
    return commands


def _lengths(engines: Sequence[Engine]) -> list[Choice[int]]:
    """The lengths of all engines; their prices where there is one."""
    if len(engines) == 1:
        (engine,) = engines
        labels = {one: partial(priced_length, engine, one) for one in lengths(engine)}
    else:
        found = sorted({one for engine in engines for one in lengths(engine)})
        labels = {one: partial(seconds, one) for one in found[:MAX_CHOICES]}
    return [Choice(name=said(label), value=length_s) for length_s, label in labels.items()]


def _name(engine: Engine) -> str:
    """An engine with what a segment costs."""
    price = credits_of(money.price(segment_price_mc(engine)))
    form = (
        marked("{engine}, reads words · {price} for {length}")
        if engine.takes_prompt
        else marked("{engine} · {price} for {length}")
    )
    name, length = engine.name or engine.id, seconds(engine.segment_s)
    return say(form, engine=name, price=price, length=length)[:100]


class Animate:
    """The command: a film from a picture, or first the picture from words."""

    def __init__(self, actions: VideoActions, approval: Approval, services: VideoServices) -> None:
        self._actions = actions
        self._approval = approval
        self._services = services

    @runs_command
    @app_commands.choices(
        fit=[Choice(name=label, value=str(fit)) for fit, label in FITS.items()],
        camera=CAMERAS,
        easing=EASINGS,
    )
    async def command(
        self,
        interaction: Interaction[Any],
        image: Attachment | None = None,
        prompt: Prompt | None = None,
        motion: Range[str, 1, 20] | None = None,
        cfg: Range[float, 0.0, MAX_CFG_SCALE] | None = None,
        seed: Range[int, 0, MAX_SEED] | None = None,
        fit: str = Fit.CROP,
        length: int | None = None,
        camera: str | None = None,
        strength: Range[int, 1, 100] | None = None,
        easing: str | None = None,
        engine: EngineName | None = None,
    ) -> None:
        """Make a short film from a picture, or from words.

        Args:
            image: The picture to start from
            prompt: Words for the film; without an image its picture is drawn from them first
            motion: How much moves: calm, gentle, normal, lively, wild, or 1 to 255
            cfg: How close it keeps to the picture, 0 to 10
            seed: The same seed and picture give the same film again
            fit: What to do with a picture whose shape is not a film's
            length: How long, in seconds
            camera: Camera move in the finished film
            strength: Strength of the camera move, in percent
            easing: How the camera speeds up and slows down
            engine: What makes the film
        """
        if image is None and prompt is None:
            raise NoStart
        chosen = self._services.engine(engine or "")
        form = VideoRequestForm(
            motion=read_motion(motion),
            cfg_scale=cfg,
            seed=seed or None,
            fit=read_fit(fit),
            segments=read_length(length, chosen),
            camera=read_camera(camera, strength, easing),
            engine_id=chosen.id,
            prompt=(prompt or "") if image is not None else "",
        )
        if image is not None:
            await self._actions.submit(interaction, form, of_upload(uploaded(image)))
        else:
            await self._approval.draw_first(interaction, form, prompt or "")


async def suggest_motions(_: Interaction[Any], typed: str) -> list[Choice[str]]:
    """The motions whose word or number has what is typed."""
    wanted = typed.strip().lower()
    labels = {name: f"{say(name)} ({number})" for name, number in MOTIONS.items()}
    return [
        Choice(name=label, value=name)
        for name, label in labels.items()
        if wanted in name or wanted in label.lower()
    ]
