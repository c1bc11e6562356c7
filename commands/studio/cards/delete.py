"""The private question before a result is deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import discord

from commands.languages import say
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.job_links import linked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.jobs.jobs import Job

LENGTHS = 2
"""Digits of the length of a job's id, and of a picture's position."""


@dataclass(frozen=True, slots=True)
class DeleteSubject:
    """What a button of the question is about: a job, the message it was asked on, and a picture.

    The message is 0 where it was a private card.
    """

    job_id: str
    message_id: int
    position: int = 0

    @property
    def text(self) -> str:
        """The subject of the button's id."""
        return f"{len(self.job_id):02d}{self.job_id}{self.position:02d}{self.message_id}"

    @classmethod
    def read(cls, text: str) -> DeleteSubject | None:
        """What a button's id is about; None where it says nothing."""
        if not text[:LENGTHS].isdecimal():
            return None
        end = LENGTHS + int(text[:LENGTHS])
        numbers = text[end:]
        if len(numbers) <= LENGTHS or not numbers.isdecimal():
            return None
        return cls(text[LENGTHS:end], int(numbers[LENGTHS:]), int(numbers[:LENGTHS]))


def delete_card(job: Job, subject: DeleteSubject, positions: Sequence[int]) -> Card:
    """The question; of several pictures, at those positions, each can go alone."""
    danger = discord.ButtonStyle.danger
    count = len(positions)
    every = say("Delete all {count}", count=count) if count > 1 else say("Delete")
    ones = [
        Press(
            "delete_one",
            replace(subject, position=position).text,
            say("Picture {number}", number=position + 1),
        )
        for position in positions
        if count > 1
    ]
    return Card(
        say(
            "**Delete {job} for good?** Its files and every card that shows it go."
            " Credits are not returned.",
            job=linked(job),
        ),
        say("Or delete only one of the pictures:") if count > 1 else "",
        buttons=[
            Press("delete_all", subject.text, every, danger),
            Press("delete_not", "own", say("Keep")),
        ],
        further=ones,
    )
