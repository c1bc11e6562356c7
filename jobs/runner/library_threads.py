"""The library's threads that ask the database by the clock, for features that are not used here.

DBOS lists its queues each second, looks into a queue of its own, and looks for schedules and for
workflows with a delay or a deadline. Ours have none of these, and their queues are watched by
`jobs.runner.queue_watch`. There is no setting for it, so these threads wait for the end instead.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

UNUSED = ("queue_thread", "background_jobs_thread", "dynamic_scheduler_loop")


def rest_unused_threads() -> None:
    """Let the threads of the next launch, which nothing here needs, ask for nothing."""
    # Not public: the module by whose names `DBOS.launch` starts its threads.
    library = import_module("dbos._dbos")
    for name in UNUSED:
        setattr(library, name, _rest)


def _rest(stop_event: threading.Event, *_: object) -> None:
    stop_event.wait()
