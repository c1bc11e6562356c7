"""A worker process: takes functions with their arguments on standard input, gives results back.

Frames are a length (8 bytes, big endian) and a pickle; answers are a length and what `answers`
describes. The parent is trusted: it is our own code that started us; only the pictures inside are
not, which is why the parent does not trust us.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO

from media.answers import LENGTH, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY_LIMIT = 2 * 1024 * 1024 * 1024
"""Bytes of address space: a picture that wants more fails alone, instead of the machine."""


def main() -> None:
    """Serve until standard input ends, as it does when the parent closes it or dies."""
    # Ctrl-C goes to the whole terminal; the parent decides what it means for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What it writes is a member's own, whoever started it.
    os.umask(0o077)
    _limit_memory()
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not end up between the frames.
    os.dup2(2, 1)
    give_back = _memory_returner()
    frames: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, frames), daemon=True).start()
    while True:
        answer = _answer(frames.get())
        with contextlib.suppress(BrokenPipeError):
            answers.write(LENGTH.pack(len(answer)) + answer)
            answers.flush()
        del answer
        give_back()


def _read(source: BinaryIO, frames: SimpleQueue[bytes]) -> None:
    while header := source.read(LENGTH.size):
        frames.put(source.read(LENGTH.unpack(header)[0]))
    # Even in the middle of work: nobody is left who waits for it.
    os._exit(0)


def _answer(frame: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(frame)  # noqa: S301 - from our parent
        return encode((True, _call(function, arguments)))
    except Exception as error:
        return _failure(error)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)


def _failure(error: Exception) -> bytes:
    try:
        answer = encode((False, error))
        # Some exceptions are not made of their args alone; the parent must not find that out.
        decode(answer)
    except Exception:
        return encode((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return answer


def _memory_returner() -> Callable[[], object]:
    """Gives freed memory back to the system: glibc keeps that of a large picture for the next."""
    import ctypes

    try:
        return partial(ctypes.CDLL(None).malloc_trim, 0)
    except (AttributeError, OSError, TypeError):  # another libc
        return lambda: None


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
