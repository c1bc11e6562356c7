"""A worker process: takes functions with their arguments on standard input, gives results back.

A frame is the number of its parts, and each part a length and bytes: a pickle, and the large
arguments beside it, so that nobody copies them. An answer is one part, as `answers` describes it.
Numbers have 8 bytes, big endian. The parent is trusted: it is our own code that started us; only
the bytes inside are not, which is why the parent does not trust us.
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

from quarantine.answers import LENGTH, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

Frame = list[bytes]


def main(memory_bytes: int, cpu_s: float, niceness: int) -> None:
    """Serve until standard input ends, as it does when the parent closes it or dies.

    A call that wants more memory fails; one that takes more seconds of processor time than
    `cpu_s`, 0 for no limit, ends the process by the signal SIGPROF.
    """
    # Ctrl-C goes to the whole terminal; the parent decides what it means for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # It may have been ignored by whoever started the parent.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    os.nice(niceness)
    # What it writes is a member's own, whoever started it.
    os.umask(0o077)
    _limit_memory(memory_bytes)
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not end up between the frames.
    os.dup2(2, 1)
    give_back = _memory_returner()
    frames: SimpleQueue[Frame] = SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, frames), daemon=True).start()
    while True:
        answer = _answer(frames.get(), cpu_s)
        with contextlib.suppress(BrokenPipeError):
            answers.write(LENGTH.pack(len(answer)) + answer)
            answers.flush()
        del answer
        give_back()


def _read(source: BinaryIO, frames: SimpleQueue[Frame]) -> None:
    try:
        while header := source.read(LENGTH.size):
            frames.put([_read_part(source) for _ in range(LENGTH.unpack(header)[0])])
    finally:
        # Even in the middle of work or of a frame: nobody is left who waits for it.
        os._exit(0)


def _read_part(source: BinaryIO) -> bytes:
    return source.read(LENGTH.unpack(source.read(LENGTH.size))[0])


def _answer(frame: Frame, cpu_s: float) -> bytes:
    _limit_time(cpu_s)
    try:
        function, arguments = pickle.loads(frame[0], buffers=frame[1:])  # noqa: S301 - our parent's
        return encode((True, _call(function, arguments)))
    except Exception as error:
        return _failure(error)
    finally:
        _limit_time(0)


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


def _limit_time(cpu_s: float) -> None:
    """End this process when all its threads have used that much more processor time; 0: never.

    Waiting for a processor is not counted, so that a busy machine blames nobody. The signal's own
    action ends the process, whatever a decoder is doing.
    """
    signal.setitimer(signal.ITIMER_PROF, cpu_s)


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
