"""The asyncio client of Stability's REST API: one picture a request, or an id to ask under."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Self, TypeVar

import aiohttp

from generation.credits import MILLICREDITS
from generation.errors import (
    AnswerLost,
    GarbledAnswer,
    GenerationError,
    ResultGone,
)
from generation.headers import default_user_agent
from generation.image.client import Picture
from generation.image.pictures import CheckedPicture, check_any_picture
from generation.rest.body import MAX_ENVELOPE, read_at_most
from generation.rest.refusal import json_fields
from generation.rest.session import (
    FAILURES,
    RestSession,
    lost_or_unsent,
    refusal_body,
    unanswered,
)
from generation.stability.address import RESULT_ID, StabilityTimeouts
from generation.stability.answer import read_answer, read_id
from generation.stability.status import Refusal

if TYPE_CHECKING:
    from generation.image.calls import Pace
    from generation.stability.address import StabilityAddress
    from generation.stability.answer import Answer
    from generation.stability.submit import Submit

T = TypeVar("T")

AnyPictureCheck = Callable[[bytes], Awaitable[CheckedPicture]]
"""Runs `generation.image.pictures.check_any_picture` off the event loop."""

CLIENT_ID = "atelier"
MAX_CREDITS = 10**12
NO_RESULT = "0" * 64

logger = logging.getLogger(__name__)


class StabilityClient:
    """Asks one address for pictures; an async context manager, usable by many tasks at once.

    Nothing is repeated here: a submit may have been paid, and polls are the poller's to plan.
    After a 429 nothing is sent for as long as the service's time-out lasts.
    """

    def __init__(
        self,
        address: StabilityAddress,
        *,
        check: AnyPictureCheck | None = None,
        pace: Pace | None = None,
        timeouts: StabilityTimeouts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address
        self._check = check or partial(asyncio.to_thread, check_any_picture)
        within, agent = timeouts or StabilityTimeouts(), default_user_agent()
        self._session = RestSession(
            address,
            connect=within.connect,
            paying=(within.whole, within.read),
            asking=(within.whole, within.small),
            pace=pace,
            clock=clock,
            headers={
                "stability-client-id": CLIENT_ID,
                "stability-client-version": agent.partition("/")[2] or "0",
            },
        )

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._session.__aexit__(*problem)

    async def draw(
        self, submit: Submit, *, about_to_send: Callable[[], Awaitable[object]] | None = None
    ) -> Picture:
        """One picture, which is paid; a filtered one is "filtered", and paid as well.

        `about_to_send` is waited for when the turn has come: what it writes down is known of
        every request that was sent.

        Raises:
            ValueError: the operation is asynchronous.
            AnswerLost: the request was sent, but whether a picture was drawn is not known.
            GenerationError: any of its kinds; then nothing was paid.
        """
        if submit.operation.is_asynchronous:
            raise ValueError(f"{submit.operation.path} is started, not drawn")
        answer = await self._submit(submit, about_to_send, read_answer)
        try:
            return await self._picture(answer, submit.seed)
        except GarbledAnswer as error:
            raise AnswerLost(error.detail) from None

    async def start(
        self, submit: Submit, *, about_to_send: Callable[[], Awaitable[object]] | None = None
    ) -> str:
        """Begin asynchronous work, which is paid from then on; the id of its result.

        Raises:
            ValueError: the operation is not asynchronous.
            AnswerLost: the request was sent, but whether work was begun is not known.
            GenerationError: any of its kinds; then nothing was begun.
        """
        if not submit.operation.is_asynchronous:
            raise ValueError(f"{submit.operation.path} is drawn, not started")
        return await self._submit(submit, about_to_send, read_id)

    async def fetch(self, result_id: str) -> Picture | None:
        """Ask once for a result; None while it is in progress.

        The rate limit is the caller's: the poller asks for each turn before it picks an id.

        Raises:
            ResultGone: the service does not know the id, or no longer.
            GenerationError: any of its kinds.
        """
        if not RESULT_ID.fullmatch(result_id):
            raise ResultGone("that is no id of a result")
        self._session.check_quiet()
        url = self.address.result_url(result_id)
        answer = await self._get(url, "*/*", _read_result)
        return None if answer is None else await self._picture(answer, 0)

    async def balance_mc(self) -> int | None:
        """The account's credits in millicredits, rounded down; None if they cannot be told.

        The service may tell an old figure: it is for display, not for accounting.

        Raises:
            GenerationError: Unavailable, Misconfigured or GarbledAnswer.
        """
        await self._session.turn()
        try:
            return await self._get(
                self.address.balance_url, "application/json", _read_balance, Refusal.at_balance
            )
        except ResultGone:
            # A host without accounts.
            return None

    async def check_key(self) -> None:
        """Ask for a result that nobody has, which the service answers only to a valid key.

        Raises:
            GenerationError: Unavailable, Misconfigured or GarbledAnswer.
        """
        await self._session.turn()
        url = self.address.result_url(NO_RESULT)
        with suppress(ResultGone):
            await self._get(url, "*/*", _read_no_result, Refusal.at_balance)

    async def _submit(
        self,
        submit: Submit,
        about_to_send: Callable[[], Awaitable[object]] | None,
        read: Callable[[aiohttp.ClientResponse], Awaitable[T]],
    ) -> T:
        await self._session.turn()
        if about_to_send is not None:
            await about_to_send()
        url = self.address.submit_url(submit.operation.path)
        # Of asynchronous operations no form of the answer can be chosen.
        accept = {} if submit.operation.is_asynchronous else {"accept": "image/*"}
        try:
            async with self._session.pay(url, _form(submit), accept) as answer:
                if answer.status != 200:
                    raise await self._session.noted((await self._refusal(answer)).at_submit())
                return await read(answer)
        except GarbledAnswer as error:
            wrong = error if type(error) is not GarbledAnswer else AnswerLost(error.detail)
        except FAILURES as error:
            wrong = lost_or_unsent(error)
        raise wrong

    async def _get(
        self,
        url: str,
        accept: str,
        read: Callable[[aiohttp.ClientResponse], Awaitable[T]],
        refused: Callable[[Refusal], GenerationError] = Refusal.at_poll,
    ) -> T:
        try:
            async with self._session.ask(url, accept) as answer:
                if answer.status not in (200, 202):
                    raise await self._session.noted(refused(await self._refusal(answer)))
                return await read(answer)
        except FAILURES as error:
            wrong = unanswered(error)
        raise wrong

    async def _refusal(self, answer: aiohttp.ClientResponse) -> Refusal:
        body = await refusal_body(answer)
        return Refusal(answer.status, answer.headers, body, self.address.key)

    async def _picture(self, answer: Answer, sent_seed: int) -> Picture:
        seed = sent_seed if answer.seed is None else answer.seed
        if answer.is_filtered:
            return Picture(0, seed, b"", 0, 0, "filtered", is_billed=True)
        try:
            checked = await self._check(answer.data)
        except GenerationError:
            raise
        except Exception as error:
            # A worker that died of a picture or ran out of time has not verified it.
            raise GarbledAnswer(f"the picture was not verified ({type(error).__name__})") from error
        return Picture(0, seed, checked.png, checked.width, checked.height)


def _form(submit: Submit) -> aiohttp.FormData:
    # The service takes nothing else, also where there are only texts.
    form = aiohttp.FormData(default_to_multipart=True)
    for name, text in submit.texts.items():
        form.add_field(name, text)
    for name, data in submit.pictures.items():
        kind = _kind(data)
        # Not as bytes: aiohttp warns of large ones.
        form.add_field(name, BytesIO(data), filename=f"{name}.{kind}", content_type=f"image/{kind}")
    return form


def _kind(data: bytes) -> str:
    if data.startswith(b"\xff\xd8"):
        return "jpeg"
    return "webp" if data[:4] == b"RIFF" else "png"


async def _read_result(answer: aiohttp.ClientResponse) -> Answer | None:
    return None if answer.status == 202 else await read_answer(answer)


async def _read_no_result(_answer: aiohttp.ClientResponse) -> None:
    raise GarbledAnswer("it has a result that nobody asked for")


async def _read_balance(answer: aiohttp.ClientResponse) -> int | None:
    credits_ = json_fields(await read_at_most(answer, MAX_ENVELOPE)).get("credits")
    if not isinstance(credits_, int | float) or isinstance(credits_, bool):
        raise GarbledAnswer("the answer tells no credits")
    # Of a whole number with hundreds of digits no float can be made.
    if not abs(credits_) <= MAX_CREDITS:
        raise GarbledAnswer("the answer tells no credits")
    return math.floor(Decimal(repr(credits_)) * MILLICREDITS)
