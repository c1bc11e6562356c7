"""The library's threads that ask for what is not used wait for the end instead."""

from __future__ import annotations

import inspect
import threading
from importlib import import_module

import pytest

from jobs.runner.library_threads import UNUSED, rest_unused_threads

library = import_module("dbos._dbos")


@pytest.mark.parametrize("name", UNUSED)
def test_it_ends_when_the_library_stops_its_threads(name: str):
    rest_unused_threads()
    stop = threading.Event()
    thread = threading.Thread(target=getattr(library, name), args=(stop, None))
    thread.start()
    assert thread.is_alive()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("name", UNUSED)
def test_the_library_starts_it_by_that_name(name: str):
    """It is not public: `DBOS_VERSION` tells whose sources were read."""
    assert f"target={name}," in "".join(inspect.getsource(library).split())
