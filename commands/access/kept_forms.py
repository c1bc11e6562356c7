"""What a form was sent with is kept after a mistake: it opens again with everything typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.requester import account_of
from commands.access.subjects import own_draft
from commands.errors import DraftGone
from commands.languages import say
from commands.ui.answers import answer_privately
from commands.ui.cards import refusal_card
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from commands.services import PendingOrders

    Answers = Mapping[str, Sequence[str]]
    """What was typed or chosen, by the names of the fields."""


class KeptForms:
    """Keeps the answers of one kind of form; `action` opens the form with them again."""

    def __init__(self, pending: PendingOrders, action: str) -> None:
        self._pending = pending
        self._action = action

    async def refuse(
        self, interaction: Interaction[Any], error: Exception, answers: Answers, subject: str = ""
    ) -> None:
        """Say what is wrong, with a way back to the form; where none can be kept, with the text."""
        try:
            draft_id = await self.keep(interaction, answers, subject)
        except DatabaseUnavailable:
            typed = "\n".join(text for texts in answers.values() for text in texts)
            card = refusal_card(error, typed=typed)
        else:
            card = refusal_card(
                error, draft_id=draft_id, redo_action=self._action, redo_label=say("Try again")
            )
        await answer_privately(interaction, card)

    async def keep(self, interaction: Interaction[Any], answers: Answers, subject: str) -> str:
        """Keep what a form is about, with what was typed; the draft's id."""
        draft = {"kind": self._action, "answers": answers, "subject": subject}
        return await self._pending.database.write(
            self._pending.drafts.keep, account_of(interaction), draft, interaction.channel_id
        )

    async def find(self, interaction: Interaction[Any], draft_id: str) -> tuple[Answers, str]:
        """The answers that were kept, and what the form was about.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        if draft.content.get("kind") != self._action:
            raise DraftGone
        return draft.content["answers"], draft.content["subject"]
