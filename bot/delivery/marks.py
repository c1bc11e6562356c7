"""In whose name files are signed, from the settings; checked before the first job."""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bot.clock import now
from bot.errors import CannotStart
from media.marking.certificates import CertificateError, Identity, OwnIdentity, read_identity
from media.marking.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AsyncExitStack

    from bot.settings import Settings
    from generation.catalogue.catalogue import Catalogue

FOLDER = "credentials"
"""Of the state folder: a chain of our own, where the operator has set none."""


async def open_marks(settings: Settings, known: Catalogue, stack: AsyncExitStack) -> Marks:
    """What marks files, opened in the stack after a trial.

    Raises:
        CannotStart: the certificate or its key cannot be used; in one sentence.
    """
    try:
        identity = await asyncio.to_thread(_identity, settings)
        marks = Marks(identity, is_trained=lambda one: is_trained(one, known), version=_version())
        await stack.enter_async_context(marks)
        await marks.check()
    except CertificateError as error:
        raise CannotStart(f"{_names(settings)} cannot be used: {error}.") from error
    return marks


def is_trained(engine_id: str, known: Catalogue) -> bool:
    """Whether a trained model makes that engine's pictures; so it is with engines of others."""
    engine = known.find(engine_id)
    return engine is None or engine.has_model


def _identity(settings: Settings) -> Callable[[], Identity]:
    certificate, key = settings.atelier_c2pa_certificate, settings.atelier_c2pa_key
    if certificate is None and key is None:
        return OwnIdentity(settings.atelier_state / FOLDER, now)
    if certificate is None or key is None:
        missing = "ATELIER_C2PA_CERTIFICATE" if certificate is None else "ATELIER_C2PA_KEY"
        raise CertificateError(f"{missing} is not set, and they go together")
    found = read_identity(certificate, key, now())
    return lambda: found


def _names(settings: Settings) -> str:
    if settings.atelier_c2pa_certificate is None and settings.atelier_c2pa_key is None:
        return "The certificate for content credentials"
    return "ATELIER_C2PA_CERTIFICATE with ATELIER_C2PA_KEY"


def _version() -> str:
    try:
        return version("atelier")
    except PackageNotFoundError:  # run from a copy that was never installed
        return "0"
