"""The cards: every message of the bot, as Components V2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import discord
from discord.ui import (
    ActionRow,
    Container,
    File,
    LayoutView,
    MediaGallery,
    Section,
    Select,
    TextDisplay,
)

from commands.languages import marked, say, say_count
from commands.ui.buttons import Press
from commands.ui.error_messages import Words, words
from commands.ui.facts import drawn_by, picture_facts
from commands.ui.instants import clock
from commands.ui.order_lines import arrives, held, missing_line, notices, place_in_line, readings
from commands.ui.picture_select import picture_select
from commands.ui.text import (
    alt_text,
    clamp,
    clamp_bytes,
    code_block,
    credits_of,
    pictures,
    quoted,
)
from generation import credits as money
from prompts import PromptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Engine
    from jobs.orders.image import ImageOrder
    from jobs.orders.order import Order
    from jobs.runner.estimate import WaitEstimate

ACCENT = discord.Colour(0x5B6EE1)
TROUBLE = discord.Colour(0xD9822B)
MAX_TEXT = 3000
MAX_BYTES = 9000
"""Over all texts of a card: Discord takes 4,000 characters and about 10,000 bytes."""

PRIVATE = marked("Only you see this. What takes longer than 15 minutes is in `/history` then.")
"""What a job that is drawn for its author alone says."""

MAX_TYPED = 2000
"""Characters of a typed text that a refusal gives back to be copied."""

BUTTONS_IN_A_ROW = 5
MAX_GALLERY = 10
FIRST_FRAME = "first-frame"
"""The name of a file with the first frame of a film, without its suffix."""


def preview_name(number: int) -> str:
    """The name of the file of a picture that is still being drawn."""
    return f"preview-{number}.jpg"


class Card(LayoutView):
    """One container with texts, pictures, files and buttons; `further` ones begin a new row.

    A `select` stands above the buttons; its id is read as theirs are.
    """

    def __init__(
        self,
        *parts: str | MediaGallery[Any] | File[Any] | Section[Any],
        buttons: Sequence[Press] = (),
        further: Sequence[Press] = (),
        select: Select[Any] | None = None,
        colour: discord.Colour = ACCENT,
    ) -> None:
        super().__init__(timeout=None)
        container: Container[Card] = Container(accent_colour=colour)
        chars, size_bytes = MAX_TEXT, MAX_BYTES
        for part in parts:
            if not isinstance(part, str):
                container.add_item(part)
            elif part and chars > 0 and size_bytes > 0:
                text = clamp_bytes(clamp(part, chars), size_bytes)
                container.add_item(TextDisplay(text))
                chars, size_bytes = chars - len(text), size_bytes - len(text.encode())
        if select is not None:
            container.add_item(ActionRow(select))
        for several in (buttons, further):
            for start in range(0, len(several), BUTTONS_IN_A_ROW):
                row: ActionRow[Any] = ActionRow()
                for button in several[start : start + BUTTONS_IN_A_ROW]:
                    row.add_item(button)
                container.add_item(row)
        self.add_item(container)
        self._container = container

    def with_row(self, buttons: Sequence[Press]) -> Self:
        """The same card with one more row of at most five buttons."""
        row: ActionRow[Any] = ActionRow()
        for button in buttons:
            row.add_item(button)
        self._container.add_item(row)
        return self

    def is_finished(self) -> bool:
        """Always: the ids of its buttons say everything, so discord.py need not keep the card."""
        return True


def card_again(components: Sequence[Any], *changed: Press) -> Card:
    """A shown card of texts and buttons once more, with buttons in place of those of their actions.

    The others keep their ids, so nothing that they refer to is made anew.
    """
    by_action = {press.action: press for press in changed}
    parts = [part for container in components for part in container.children]
    card = Card(*(str(part.content) for part in parts if hasattr(part, "content")))
    for row in (part.children for part in parts if hasattr(part, "children")):
        presses = [_press_again(button) for button in row]
        card.with_row([by_action.get(press.action, press) for press in presses])
    return card


def _press_again(button: Any) -> Press:
    action, _, subject = str(button.custom_id).partition(":")
    return Press(action, subject, button.label or "", button.style)


def heading(member_id: int, title: str) -> str:
    """The first line of every public card."""
    return f"<@{member_id}> · {quoted(title)}"


def reading_card(member_id: int, title: str, job_id: str) -> Card:
    """The acknowledgement while an upload is looked at."""
    return Card(
        heading(member_id, title), say("Looking at your picture …\n-# job {job_id}", job_id=job_id)
    )


def in_progress(
    head: str,
    lines: Iterable[str],
    job_id: str,
    *pictures: MediaGallery[Any],
    is_private: bool = False,
) -> Card:
    """The card of a job that waits or runs, of those lines that say something; it has Cancel."""
    told = "\n".join(filter(None, (say(PRIVATE) if is_private else "", *lines)))
    return Card(head, told, *pictures, buttons=[Press("cancel", job_id, say("Cancel"))])


def waiting_card(
    member_id: int,
    order: ImageOrder,
    job_id: str,
    price_mc: int,
    wait_estimate: WaitEstimate | None = None,
    *,
    is_private: bool = False,
) -> Card:
    """The card of a job that waits or runs."""
    lines = [
        *readings(order.prompt),
        notices(order.notices),
        place_in_line(wait_estimate) if wait_estimate else "",
        held(price_mc, arrives("picture", order.pictures)),
    ]
    if order.video is not None:
        lines.append(say("The picture comes first; its film costs nothing until you approve it."))
    head = heading(member_id, order.heading)
    return in_progress(head, lines, job_id, is_private=is_private)


def result_card(
    member_id: int,
    order: ImageOrder,
    engine: Engine | None,
    job_id: str,
    *,
    files: Sequence[str],
    seeds: Sequence[int],
    charged_mc: int,
    positions: Sequence[int] = (),
    drawn_size: tuple[int, int] | None = None,
    failure: Exception | None = None,
    reroll_mc: int | None = None,
    video_mc: int | None = None,
    approve_until: datetime | None = None,
    can_upscale: bool = False,
    prefix: str = "",
) -> Card:
    """The pictures with what it takes to draw them again.

    `positions` are those of the pictures among all that were ordered; from 0 on where none are
    given. `drawn_size` is the pictures' own. `reroll_mc` is what that costs now, None where the
    engine is gone; `video_mc` what the shortest film costs, or the one that the picture was drawn
    for, None where no films are made. Until `approve_until` the author is asked for that film.
    `can_upscale` says that an engine makes pictures larger; `prefix` is that of its kind's actions.
    """
    told = picture_facts(order, seeds, drawn_size)
    lines = _result_lines(order, engine, job_id, told, charged_mc)
    if failure is not None:
        lines.insert(0, missing_line(order.pictures - len(seeds), "picture", failure))
    if approve_until is not None and video_mc is not None:
        lines.insert(0, _video_question(video_mc, approve_until))
    asks_for_video = approve_until is not None
    buttons = _ways_on(job_id, reroll_mc, video_mc, asks_for_video=asks_for_video, prefix=prefix)
    if not order.prompt:
        buttons = [button for button in buttons if button.action != "copy_prompt"]
    further = taking_away(job_id)
    if len(seeds) == 1:
        further.insert(0, Press("upscale", job_id, say("Upscale") if can_upscale else say("More")))
    return Card(
        heading(member_id, order.heading),
        gallery(files, order.title, positions, order.pictures),
        "\n".join(line for line in lines if line),
        buttons=buttons,
        select=picture_select(job_id, seeds, positions or range(len(seeds)))
        if len(seeds) > 1
        else None,
        further=further,
    )


def _result_lines(
    order: ImageOrder, engine: Engine | None, job_id: str, told: Sequence[str], charged_mc: int
) -> list[str]:
    """How the pictures were drawn, and what they cost."""
    facts = [
        drawn_by(engine, order.engine_id),
        *told,
        credits_of(money.price(charged_mc)),
    ]
    return [
        f"-# {' · '.join(facts)}",
        say("-# AI-generated · job {job_id}", job_id=job_id),
        notices(order.notices),
    ]


def _video_question(video_mc: int, approve_until: datetime) -> str:
    return say(
        "**Make the film from this picture?** {price} more,"
        " charged only when the film is delivered. You can decide until {until}.",
        price=credits_of(money.price(video_mc)),
        until=clock(approve_until),
    )


def _ways_on(
    job_id: str,
    reroll_mc: int | None,
    video_mc: int | None,
    *,
    asks_for_video: bool,
    prefix: str = "",
) -> list[Press]:
    """What can be done with a picture."""
    primary = discord.ButtonStyle.primary
    again = (
        say("Reroll")
        if reroll_mc is None
        else say("Reroll · {price}", price=money.price(reroll_mc))
    )
    reroll = Press(f"{prefix}reroll", job_id, again, primary)
    usual = [
        Press(f"{prefix}edit", job_id, say("Edit")),
        Press("recipe", job_id, say("Recipe")),
        Press("copy_prompt", job_id, say("Copy prompt")),
    ]
    if video_mc is None:
        return [reroll, *usual]
    if not asks_for_video:
        return [reroll, usual[0], Press("animate", job_id, say("Animate")), *usual[1:]]
    return [
        Press("approve", job_id, say("Animate · {price}", price=money.price(video_mc)), primary),
        Press("decline", job_id, say("Keep only the picture")),
        *usual,
    ]


def taking_away(job_id: str) -> list[Press]:
    """The second row of a result: what takes it away, or asks the moderators to."""
    danger = discord.ButtonStyle.danger
    return [Press("delete", job_id, say("Delete"), danger), Press("report", job_id, say("Report"))]


def further_card(
    member_id: int, order: Order, job_id: str, files: Sequence[str], positions: Sequence[int]
) -> Card:
    """The pictures that one message has no room for, at those positions among all of the job."""
    return Card(
        heading(member_id, order.heading),
        gallery(files, order.title, positions, order.units),
        say("-# AI-generated · {what}", what=continued(job_id)),
    )


def continued(job_id: str) -> str:
    """How the card with the further pictures names its job."""
    return say("job {job_id}, continued", job_id=job_id)


def gallery(
    files: Sequence[str], title: str, positions: Sequence[int] = (), total: int = 0
) -> MediaGallery[Any]:
    """The pictures, each with its alternative text; `files` are addresses of attachments.

    They are counted; where some of a job are shown, at those of its `total` positions.
    """
    is_placed = len(positions) >= len(files)
    places = positions[: len(files)] if is_placed else range(len(files))
    items = [
        discord.MediaGalleryItem(file, description=alt_text(title, at + 1, total or len(files)))
        for at, file in zip(places, files, strict=True)
    ]
    return MediaGallery(*items[:MAX_GALLERY])


def refusal_card(
    error: Exception,
    prompt: str = "",
    draft_id: str | None = None,
    *,
    offers: Sequence[tuple[str, str]] = (),
    offer_action: str = "cheaper",
    redo_action: str = "redo",
    redo_label: str = "",
    without_action: str = "",
    reference: str = "",
    typed: str = "",
) -> Card:
    """A private answer that something is not done, with the way back to the text.

    `offers` are the labels and drafts of cheaper variants; the actions are given drafts.
    `without_action` leaves out what a prompt has of unknown options. `reference` is what the
    operator finds in the log about an error of ours; `typed` is given back to be copied.
    """
    said = words(error, prompt)
    primary, secondary = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    buttons = [Press(offer_action, offer_id, label, primary) for label, offer_id in offers]
    if draft_id:
        buttons.append(
            Press(
                redo_action, draft_id, redo_label or say("Edit"), secondary if offers else primary
            )
        )
    if draft_id and without_action and isinstance(error, PromptError) and error.remedy:
        buttons.append(Press(without_action, draft_id, say("Draw without them")))
    if said.is_about_credits:
        buttons.append(Press("credits", "own", say("My credits")))
    note = say("-# reference {reference}", reference=reference) if reference else ""
    kept = f"{say('Your text, to copy:')}\n{code_block(typed)}" if typed else ""
    return Card(refusal_text(said), kept, note, buttons=buttons, colour=TROUBLE)


def confirm_card(
    order: ImageOrder, price_mc: int, available_mc: int, draft_id: str, *, prefix: str = ""
) -> Card:
    """The question before pictures of that price are drawn.

    The `prefix` is that of the actions of its kind.
    """
    price, count = money.price(price_mc), order.pictures
    lines = [
        say("**{what} for {price}?**", what=pictures(count), price=credits_of(price)),
        quoted(order.heading),
        notices(order.notices),
        say("You have {available}.", available=money.balance(available_mc)),
    ]
    draw = say_count("Draw · {price}", "Draw {count} · {price}", count, price=price)
    return Card(
        "\n".join(line for line in lines if line),
        buttons=[
            Press(f"{prefix}confirm", draft_id, draw, discord.ButtonStyle.primary),
            Press(f"{prefix}redo", draft_id, say("Edit")),
        ],
    )


def note_card(text: str, picture: str = "") -> Card:
    """A short private note, with the attached picture of that name."""
    shown = [gallery([f"attachment://{picture}"], picture)] if picture else []
    return Card(text, *shown)


def refusal_text(said: Words) -> str:
    """A refusal as text: the headline, the money, the figures and the way out."""
    headline = f"**{said.headline}** {say(said.money)}".strip()
    return f"{headline}\n{said.detail}" if said.detail else headline
