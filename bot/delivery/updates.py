"""Cards of running jobs, kept up to date at the pace that Discord allows: the newest state wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.delivery.message_editor import MakeCard, MakeFiles
    from storage.jobs.jobs import Job

    Send = Callable[[Job, MakeCard, MakeFiles], Awaitable[object]]

EVERY_S = 2.5
"""Between two edits of a card; Discord allows about one a second and channel."""

LAST_EDIT_LIMIT_S = 5
"""How long the final card waits for an edit that is under way."""


class CardUpdater:
    """Sends the newest card of each job, one at a time; `send` raises nothing."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._editors: dict[str, _Editor] = {}

    def show(
        self, job: Job, make_card: MakeCard, make_files: MakeFiles = list, delay_s: float = 0
    ) -> None:
        """Show a card, after a delay in seconds unless the job's editor is at work already."""
        editor = self._editors.get(job.id)
        if editor is None:
            editor = self._editors[job.id] = _Editor()
            editor.task = asyncio.create_task(
                self._edit(job, editor, delay_s), name=f"card {job.id}"
            )
        editor.newest = make_card, make_files

    async def offer(self, job: Job, make_card: MakeCard, send: Send) -> None:
        """Show a card by another way of sending, unless newer ones are being shown; wait for it."""
        if job.id in self._editors:
            return
        editor = self._editors[job.id] = _Editor()
        editor.task = asyncio.create_task(
            self._offer(job, editor, make_card, send), name=f"card {job.id}"
        )
        # No longer than that: what else is shown by then may go on for long.
        await asyncio.wait({editor.task}, timeout=LAST_EDIT_LIMIT_S)

    async def _offer(self, job: Job, editor: _Editor, make_card: MakeCard, send: Send) -> None:
        async with editor.sending:
            await send(job, make_card, list)
        await self._edit(job, editor, 0)

    async def stop(self, job_id: str) -> None:
        """Show nothing more; an edit under way ends first, so that it cannot come in last."""
        editor = self._editors.pop(job_id, None)
        if editor is None or editor.task is None:
            return
        try:
            async with asyncio.timeout(LAST_EDIT_LIMIT_S), editor.sending:
                editor.task.cancel()
        except TimeoutError:
            editor.task.cancel()
        await asyncio.gather(editor.task, return_exceptions=True)

    async def _edit(self, job: Job, editor: _Editor, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        while editor.newest is not None:
            (make_card, make_files), editor.newest = editor.newest, None
            async with editor.sending:
                await self._send(job, make_card, make_files)
            await asyncio.sleep(EVERY_S)
        del self._editors[job.id]


class _Editor:
    """The task that edits one card, and what it is to show next."""

    def __init__(self) -> None:
        self.newest: tuple[MakeCard, MakeFiles] | None = None
        self.sending = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None
