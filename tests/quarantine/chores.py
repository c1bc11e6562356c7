"""What the pool's tests have done in a worker."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


class Awkward(Exception):
    """Cannot be unpickled: its constructor takes what its args do not hold."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def add(left: int, right: int) -> int:
    return left + right


def echo(data: bytes) -> bytes:
    return data


def fail(reason: str) -> None:
    raise LookupError(reason)


def fail_awkwardly() -> None:
    raise Awkward("odd", "one")


def give_a_lambda() -> object:
    return lambda: None


def pid() -> int:
    return os.getpid()


def crash() -> None:
    os._exit(3)


def crash_once(mark: Path) -> str:
    if mark.exists():
        return "done"
    mark.touch()
    os._exit(3)


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def spin() -> None:
    while True:
        pass


def meet(own: Path, other: Path) -> bool:
    """Whether the other one is at work at the same time."""
    own.touch()
    until = time.monotonic() + 10
    while not other.exists() and time.monotonic() < until:
        time.sleep(0.01)
    return other.exists()


def hoard() -> int:
    return len(bytearray(4 << 30))


def environment(name: str) -> str | None:
    return os.environ.get(name)


def chatter() -> str:
    print("noise between the frames")  # noqa: T201
    os.write(1, b"more noise")
    sys.stdout.flush()
    return "quiet"


def interrupt() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


def spin_once(mark: Path) -> None:
    """Use processor time without end, the first time; the second time ends at once."""
    if not mark.exists():
        mark.touch()
        spin()


def spin_in_c_once(mark: Path) -> None:
    """The same inside one call of a library."""
    if not mark.exists():
        mark.touch()
        hashlib.pbkdf2_hmac("sha256", b"", b"", 1 << 30)


def work(cpu_s: float) -> int:
    """Use so much processor time."""
    until = time.process_time() + cpu_s
    while time.process_time() < until:
        pass
    return os.getpid()


def take(size: int) -> int:
    return len(bytearray(size))


def size(data: bytes) -> int:
    return len(data)


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def forge(answer: bytes) -> None:
    """Write an answer past the worker's own code, to every pipe that may lead to the parent."""
    for descriptor in range(3, 20):
        with suppress(OSError):
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, answer)
    time.sleep(60)
