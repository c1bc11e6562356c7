"""The way from the ingress to one server, through Ray; its errors are translated here."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ray.exceptions import RayActorError

from inference.ray.messages import ServerDied

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Any

    from ray.serve.handle import DeploymentHandle

    from inference.ray.messages import Call, End, HttpAnswer, HttpRequest


class RayLink:
    """A `Link` to a `Replica`; a call that is given up ends there as well."""

    def __init__(self, handle: DeploymentHandle) -> None:
        self._answers = handle.options(method_name="answers", stream=True)
        self._ask = handle.options(method_name="ask")
        self._queue = handle.options(method_name="queue")

    async def answers(self, call: Call) -> AsyncGenerator[bytes | End]:
        """The answers of a gRPC call, as they come, and then its end."""
        with _given_up(self._answers.remote(call)) as answers:
            async for answer in answers:
                yield answer

    async def ask(self, request: HttpRequest) -> HttpAnswer:
        """The answer to an HTTP request."""
        with _given_up(self._ask.remote(request)) as answer:
            return await answer

    async def queue(self) -> int:
        """How many pictures and films are being made there or wait."""
        with _given_up(self._queue.remote()) as answer:
            return await answer


@contextmanager
def _given_up(response: Any) -> Generator[Any]:
    """A response of Ray, which is cancelled where the block is left before it has ended."""
    try:
        yield response
    except RayActorError as error:
        raise ServerDied from error
    finally:
        # Without effect on a response that has ended.
        response.cancel()
