"""What goes wrong with a hub, in words that follow "cannot be downloaded:"."""

from __future__ import annotations

import errno
from http import HTTPStatus

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LICENCE = "its licence has to be accepted on its page first, and HF_TOKEN has to be set"


class DownloadError(Exception):
    """A download cannot be made or finished; the text says why in one sentence."""


def reason_of(error: BaseException) -> str:
    """Why the library of the hub gave up, and what can be done about it."""
    from huggingface_hub.errors import (
        GatedRepoError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        # It speaks of its cache; why the hub did not help is what came before.
        return reason_of(error.__cause__)
    if isinstance(error, GatedRepoError):
        return _LICENCE
    if isinstance(error, RepositoryNotFoundError):
        return "the hub has no such repository, or HF_TOKEN is needed"
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids to ask the hub"
    if isinstance(error, OSError) and error.errno in _FULL:
        return "the disk is full; make room, or set HF_HOME to another disk"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return _by_status(status) if status >= HTTPStatus.BAD_REQUEST else _by_kind(error)


def _by_status(status: int) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return f"the hub refuses it ({status}); {_LICENCE}"
        case HTTPStatus.NOT_FOUND:
            return "the hub has no such repository or file (404)"
        case HTTPStatus.TOO_MANY_REQUESTS:
            return "the hub was asked too often (429); try again later, or set HF_TOKEN"
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"the hub is out of order ({status}); try again later"
        case _:
            return f"the hub refuses it ({status})"


def _by_kind(error: BaseException) -> str:
    # The library changed its HTTP client twice; the names of the errors stayed.
    names = {kind.__name__ for kind in type(error).__mro__}
    if "TimeoutException" in names:
        return "the hub does not answer in time; try again later"
    if "UnsupportedProtocol" in names:
        return "HF_ENDPOINT is no address of a hub"
    if "NetworkError" in names:
        return "the hub cannot be reached; HF_ENDPOINT names another one"
    return f"the hub does not answer as it should ({type(error).__name__})"
