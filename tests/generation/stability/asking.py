"""What the tests of the REST client share: a client, the service it asks, requests, pictures."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PIL import Image

from generation.catalogue.catalogue import load
from generation.request import ImageRequest, TextPrompt
from generation.stability.address import StabilityAddress
from generation.stability.client import StabilityClient
from tests.generation.stability.service import KEY, Service, png, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import timedelta

CATALOGUE = load()
ULTRA = CATALOGUE.get("stable-image-ultra")
CORE = CATALOGUE.get("stable-image-core")
LARGE = CATALOGUE.get("sd3.5-large")
TURBO = CATALOGUE.get("sd3.5-large-turbo")
FLASH = CATALOGUE.get("sd3.5-flash")
DRAWING = [
    *(ULTRA, CORE, LARGE, TURBO),
    *(CATALOGUE.get("sd3.5-medium"), FLASH),
]
STUDIO = [engine for engine in CATALOGUE if engine.is_rest and engine.kind != "image"]


def request(engine_id: str = ULTRA.id, **changes: Any) -> ImageRequest:
    """One picture of a fox, by an engine's defaults."""
    engine = CATALOGUE.get(engine_id)
    width, height = engine.default_size
    values: dict[str, Any] = {
        "prompts": (TextPrompt("a fox"),),
        "width": width,
        "height": height,
        "seed": 42,
        "steps": 0,
        "cfg_scale": engine.default_cfg_scale,
        **changes,
    }
    return ImageRequest(engine_id=engine_id, **values)


def flat(size: tuple[int, int] = (256, 256), colour: Any = (10, 120, 220)) -> bytes:
    """A PNG of one colour; grey where the colour is one figure."""
    return png(Image.new("L" if isinstance(colour, int) else "RGB", size, colour))


class NotingPace:
    """Stands in for the account's bucket: notes who waits, and what pauses are asked for."""

    def __init__(self) -> None:
        self.slots = 0
        self.pauses: list[timedelta] = []

    async def wait(self) -> None:
        self.slots += 1

    async def hold_off(self, pause: timedelta) -> None:
        self.pauses.append(pause)


@asynccontextmanager
async def asking(
    service: Service | None = None, key: str = KEY, **settings: Any
) -> AsyncGenerator[tuple[StabilityClient, Service]]:
    """A client and the service that it asks."""
    service = service or Service()
    async with serving(service) as base:
        address = StabilityAddress(base, key)
        async with StabilityClient(address, **settings) as client:
            yield client, service
