"""The private cards of /privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord.ui import File

from commands.ui.buttons import Press
from commands.ui.cards import Card

if TYPE_CHECKING:
    from storage.forgetting import KeptOfMember

DANGER = discord.ButtonStyle.danger


def privacy_card(kept: KeptOfMember, keep_days: int, *, shares: bool) -> Card:
    """What is kept of a member, until when, and what they can do about it."""
    until = f"{_count(keep_days, 'day')} after it is done" if keep_days else "until you delete it"
    mine = "may" if shares else "may not"
    lines = [
        "**Your privacy in this server**",
        f"Kept of you: {_count(kept.jobs, 'job')}, {kept.results} of them with files;"
        f" {_count(kept.drafts, 'draft')} (for a week); {_count(kept.styles, 'style')}.",
        f"A result with its prompt is kept {until}. Amounts of credits stay.",
        f"Others {mine} draw on, animate and edit what you have made.",
        "-# Only you see your history. Moderators see what you post and what is reported, never"
        " your drafts. Files name neither you nor the server. Nothing is used for training.",
    ]
    switched = "off" if shares else "on"
    label = "Don't let others use mine" if shares else "Let others use mine"
    return Card(
        "\n".join(lines),
        buttons=[
            Press("privacy_export", "first", "Export"),
            Press("privacy_share", switched, label),
            Press("privacy_delete", "ask", "Delete everything of mine", DANGER),
        ],
    )


def export_card(name: str, results: int, next_part: str) -> Card:
    """A part of what is kept, as a file."""
    pictures = f"It has the files of {_count(results, 'result')}."
    more = " More of them come with the next part." if next_part else " There are no more."
    buttons = [Press("privacy_export", next_part, "Next part")] if next_part else []
    return Card(f"**Your data** · {pictures}{more}", File(f"attachment://{name}"), buttons=buttons)


def delete_question_card(kept: KeptOfMember) -> Card:
    """The question before everything of a member is deleted."""
    return Card(
        f"**Delete everything of yours in this server?** {_count(kept.jobs, 'job')} with prompts,"
        " files and cards, your drafts, styles and settings go for good. Credits are not"
        " returned; what you have left stays yours, and amounts stay in the ledger without your"
        " name.",
        buttons=[
            Press("privacy_delete", "all", "Delete everything", DANGER),
            Press("privacy_keep", "own", "Keep"),
        ],
    )


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
