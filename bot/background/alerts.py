"""Alerts to the operator: a message to a webhook of theirs, and always a line in the log."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

log = logging.getLogger(__name__)

QUIET_FOR = timedelta(minutes=10)
"""The same alert is not sent again for so long."""

SEND_LIMIT_S = 10
MAX_CONTENT = 2000


class Alerts:
    """Sends alerts in the form of Discord's webhooks, which others understand too."""

    def __init__(
        self, session: aiohttp.ClientSession, webhook: str, now: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._webhook = webhook
        self._now = now
        self._sent: dict[str, datetime] = {}

    async def send(self, text: str, level: int = logging.ERROR, detail: str = "") -> None:
        """Tell the operator; a webhook that does not answer is no error of the caller's.

        `detail` does not go to the log.
        """
        log.log(level, "%s", text)
        now = self._now()
        self._sent = {said: at for said, at in self._sent.items() if now - at < QUIET_FOR}
        if not self._webhook or text in self._sent:
            return
        self._sent[text] = now
        timeout = aiohttp.ClientTimeout(total=SEND_LIMIT_S)
        body: dict[str, Any] = {
            "content": f"Atelier: {text}\n{detail}".strip()[:MAX_CONTENT],
            "allowed_mentions": {"parse": []},
        }
        try:
            async with self._session.post(self._webhook, json=body, timeout=timeout) as answer:
                if answer.status >= 300:
                    log.warning("the alert webhook answered %s", answer.status)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("the alert webhook could not be reached: %s", type(error).__name__)

    async def pass_on(self, text: str, detail: str) -> None:
        """Tell the operator what happened and what a member wrote about it."""
        await self.send(text, logging.WARNING, detail)
