"""What the server asks of a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.request import ImageRequest
    from inference.video.order import Video, VideoOrder


class Backend(Protocol):
    """Draws and films for the engines that name it; any number of threads may use it at once.

    One that makes no films raises from `shoot`, and no video engine of the catalogue names it.
    """

    @property
    def description(self) -> str:
        """What it is, in a few words for people."""
        ...

    def draw(self, request: ImageRequest, seed: int, is_stopped: Callable[[], bool]) -> bytes:
        """One picture of the request with that seed, as PNG; takes a while.

        Raises:
            Stopped: is_stopped said so while it was drawn, or the backend is closed.
        """
        ...

    def shoot(self, order: VideoOrder, is_stopped: Callable[[], bool]) -> Video:
        """The film of the order; takes a while.

        Raises:
            Stopped: is_stopped said so while it was made, or the backend is closed.
        """
        ...

    def warm_up(self) -> None:
        """Prepare for the first picture; takes a while, and a failure is logged, not raised."""
        ...

    def close(self) -> None:
        """End what it started, also what is being made; takes a moment."""
        ...
