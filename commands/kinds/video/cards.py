"""The cards of films: price first, then an honest wait, then the film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.ui import MediaGallery

from commands.languages import say
from commands.options.camera import camera_words
from commands.ui.buttons import Press
from commands.ui.cards import FIRST_FRAME, Card, heading, in_progress, taking_away
from commands.ui.facts import drawn_by
from commands.ui.instants import since
from commands.ui.order_lines import arrives, held, missing_line, notices
from commands.ui.text import alt_text, credits_of, quoted, seconds
from generation import credits as money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Engine
    from jobs.orders.video import VideoOrder
    from storage.jobs.jobs import Job

PREVIEW_FILE = f"{FIRST_FRAME}.jpg"
"""The name of the file with the first frame on a waiting card."""

PRIMARY = discord.ButtonStyle.primary


def video_waiting_card(
    member_id: int,
    order: VideoOrder,
    job_id: str,
    price_mc: int,
    ready_at: datetime | None,
    *,
    is_due: bool = False,
    is_late: bool = False,
    has_preview: bool = True,
    is_private: bool = False,
) -> Card:
    """The card of a film that waits to be begun or is being made: its price comes first."""
    lines = [
        held(price_mc, arrives("film"))
        if order.segments
        else say("Free: re-renders the same film.")
    ]
    lines += [facts(order), _wait(ready_at, is_due=is_due, is_late=is_late), notices(order.notices)]
    picture = _gallery(f"attachment://{PREVIEW_FILE}", order, is_first=True)
    pictures = [picture] if has_preview else []
    head = heading(member_id, order.heading)
    return in_progress(head, lines, job_id, *pictures, is_private=is_private)


def video_question_card(
    order: VideoOrder, price_mc: int, available_mc: int, buttons: Sequence[Press]
) -> Card:
    """The question before a film of that price is made; the first of the buttons says yes."""
    length = seconds(order.segment_s * order.segments)
    what = (
        say("{length} more", length=length)
        if order.earlier
        else say("A film of {length}", length=length)
    )
    lines = [
        say("**{what} for {price}?**", what=what, price=credits_of(money.price(price_mc))),
        quoted(order.title),
        facts(order),
        say("You have {available}.", available=money.balance(available_mc)),
    ]
    return Card("\n".join(lines), buttons=buttons)


def video_card(
    job: Job,
    order: VideoOrder,
    engine: Engine | None,
    *,
    file: str,
    made: int,
    failure: Exception | None = None,
    link: str = "",
    price_mc: int | None = None,
) -> Card:
    """The finished film; `file` is the attachment's address, with a `link` the poster's.

    `price_mc` is what another part costs, None where none can be made.
    """
    charged_mc = order.charge_mc(job.price_mc, made)
    told = [
        seconds(order.length_s(made)),
        f"{order.width}×{order.height}",
        say("seed {seed}", seed=order.seed),
        *_movement(order),
        credits_of(money.price(charged_mc)) if job.price_mc else say("free"),
    ]
    lines = [
        f"-# {' · '.join(told)}",
        say(
            "-# AI-generated · job {job_id} · {engine}",
            job_id=job.id,
            engine=drawn_by(engine, order.engine_id),
        ),
        notices(order.notices),
    ]
    if failure is not None:
        lines.insert(0, missing_line(order.segments - made, "part", failure))
    if link:
        lines.insert(0, say("Too large for this channel: [the film]({link})", link=link))
    return Card(
        heading(job.member_id, order.heading),
        _gallery(file, order, is_poster=bool(link)),
        "\n".join(line for line in lines if line),
        buttons=_ways_on(job.id, price_mc),
        further=taking_away(job.id),
    )


def _ways_on(job_id: str, price_mc: int | None) -> list[Press]:
    """What can be done with a film; another part where it has a price."""
    buttons = [
        Press("camera", job_id, say("Camera")),
        Press("gif", job_id, "GIF"),
        Press("webp", job_id, "WebP"),
        Press("recipe", job_id, say("Recipe")),
    ]
    if price_mc is None:
        return buttons
    extend = say("Extend · {price}", price=money.price(price_mc))
    return [Press("extend", job_id, extend, PRIMARY), *buttons]


def facts(order: VideoOrder) -> str:
    """What the film will be."""
    size = f"{order.width}×{order.height}"
    if not order.segments:
        return " · ".join([size, *_camera(order)])
    length = seconds(order.segment_s * order.segments)
    if order.earlier:
        length = say("{length} more", length=length)
    return " · ".join([length, size, *_movement(order)])


def _movement(order: VideoOrder) -> list[str]:
    """What makes the film move: its amount of motion where its engine heeds one, and the words."""
    return [
        *(
            [say("motion {motion}", motion=order.motion_bucket_id)]
            if order.motion_bucket_id
            else []
        ),
        *([say("with its words")] if order.words else []),
        *_camera(order),
    ]


def _camera(order: VideoOrder) -> list[str]:
    return [camera_words(order.camera)] if order.camera else []


def _wait(ready_at: datetime | None, *, is_due: bool, is_late: bool) -> str:
    if ready_at is None:
        return say("The film is being rendered …")
    if is_late:
        return say(
            "It takes longer than usual. The engine keeps a finished film for a day,"
            " so I keep asking."
        )
    return say("Almost done …") if is_due else say("Expected {when}", when=since(ready_at))


def _gallery(
    file: str, order: VideoOrder, *, is_first: bool = False, is_poster: bool = False
) -> MediaGallery[Any]:
    title = order.title
    if is_first:
        title = say("first frame of {title}", title=title)
    elif is_poster:
        title = say("poster of {title}", title=title)
    text = alt_text(title, 1, 1)
    return MediaGallery(discord.MediaGalleryItem(file, description=text, spoiler=order.is_spoiler))
