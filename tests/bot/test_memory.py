"""Where the bot's threads take their memory from."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

THREADS = """
import ctypes, threading
from bot.__main__ import use_one_arena
{first}
def allocate(): held.append([bytes(60_000) for _ in range(10)])
held = []
threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
@pytest.mark.parametrize("first", ["use_one_arena()", "pass"])
def test_all_threads_share_one_arena(first: str):
    said = subprocess.run(
        [sys.executable, "-c", THREADS.format(first=first)],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    assert "Arena 0" in said
    # Without it there are more, or this would show nothing.
    assert ("Arena 1" in said) == (first == "pass")
