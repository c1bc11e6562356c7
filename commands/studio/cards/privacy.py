"""The private cards of /privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord.ui import File

from commands.languages import say, say_count
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.text import jobs

if TYPE_CHECKING:
    from storage.forgetting import KeptOfMember

DANGER = discord.ButtonStyle.danger


def privacy_card(kept: KeptOfMember, keep_days: int, *, shares: bool) -> Card:
    """What is kept of a member, until when, and what they can do about it."""
    kept_until = (
        say_count(
            "A result with its prompt is kept 1 day after it is done.",
            "A result with its prompt is kept {count} days after it is done.",
            keep_days,
        )
        if keep_days
        else say("A result with its prompt is kept until you delete it.")
    )
    lines = [
        say("**Your privacy in this server**"),
        say(
            "Kept of you: {jobs}, {results} of them with files; {drafts} (for a week); {styles}.",
            jobs=jobs(kept.jobs),
            results=kept.results,
            drafts=say_count("1 draft", "{count:,} drafts", kept.drafts),
            styles=say_count("1 style", "{count:,} styles", kept.styles),
        ),
        f"{kept_until} {say('Amounts of credits stay.')}",
        say(
            "Results with a favourite of yours ({count} now) are kept longer: until you take the"
            " mark away or delete them, or the disk is full.",
            count=kept.favourites,
        ),
        say("Others may draw on, animate and edit what you have made.")
        if shares
        else say("Others may not draw on, animate and edit what you have made."),
        say(
            "-# Only you see your history. Moderators see what you post and what is reported, never"
            " your drafts. Files name neither you nor the server. Nothing is used for training."
        ),
    ]
    switched = "off" if shares else "on"
    label = say("Don't let others use mine") if shares else say("Let others use mine")
    return Card(
        "\n".join(lines),
        buttons=[
            Press("privacy_export", "first", say("Export")),
            Press("privacy_share", switched, label),
            Press("privacy_delete", "ask", say("Delete everything of mine"), DANGER),
        ],
    )


def export_card(name: str, results: int, next_part: str) -> Card:
    """A part of what is kept, as a file."""
    has = say_count(
        "It has the files of 1 result.", "It has the files of {count:,} results.", results
    )
    more = say("More of them come with the next part.") if next_part else say("There are no more.")
    buttons = [Press("privacy_export", next_part, say("Next part"))] if next_part else []
    return Card(
        f"**{say('Your data')}** · {has} {more}",
        File(f"attachment://{name}"),
        buttons=buttons,
    )


def delete_question_card(kept: KeptOfMember) -> Card:
    """The question before everything of a member is deleted."""
    return Card(
        say(
            "**Delete everything of yours in this server?** {jobs} with prompts, files and cards,"
            " favourites too, your drafts, styles and settings go for good. Credits are not"
            " returned; what you have left stays yours, and amounts stay in the ledger without your"
            " name.",
            jobs=jobs(kept.jobs),
        ),
        buttons=[
            Press("privacy_delete", "all", say("Delete everything"), DANGER),
            Press("privacy_keep", "own", say("Keep")),
        ],
    )
