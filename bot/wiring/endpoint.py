"""Where the image engine is, as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import CannotStart
from generation.image.client import Endpoint

if TYPE_CHECKING:
    from bot.settings import Settings


def endpoint_of(settings: Settings) -> Endpoint:
    """The image engine that is not embedded, with the key to it.

    Raises:
        CannotStart: host or key is not usable.
    """
    try:
        return Endpoint(
            host=settings.engine_host,
            key=settings.stability_key.get_secret_value(),
            tls=settings.stability_tls,
        )
    except ValueError as error:
        raise CannotStart(f"STABILITY_HOST or STABILITY_KEY is not usable: {error}.") from None
