"""Headers and metadata of clients, and of Atelier's own server beside Stability's protocols."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

JOURNAL = "atelier-journal"
"""What our own server says of a request: "hit" is one that it had answered before, else "miss"."""

CONTROLS = "atelier-controls"
"""ListEngines says in it which kinds of control pictures its engines take: JSON, engine id → kinds.

The protocol's EngineInfo has no place for it, and a description is for people.
"""

ADAPTERS = "atelier-adapters"
"""ListEngines says in it which LoRAs and textual inversions its engines have: JSON, see
`generation.adapters.tell_adapters`."""

FILMS = "atelier-films"
"""ListEngines says in it what its engines for films take and give: JSON, engine id → {"prompt":
whether words steer it, "sizes": pixels, "seconds", "frames", "frames_per_s", "cfg_scale"}."""

REQUEST_ID_HEADER = "atelier-request-id"
"""Under it our own server knows a start that is sent again, and answers with the same id."""

REQUEST_ID = re.compile(r"[ -~]{1,64}")

LAST_FRAME_HEADER = "atelier-last-frame"
"""A film's answer has it where the server keeps the last frame without loss."""

PROGRESS = "atelier-progress"
"""With it a client asks for answers about pictures that are still being drawn: `STEPS` or
`PREVIEWS`, which includes the steps."""

STEPS, PREVIEWS = "steps", "previews"

PROGRESS_MIME = "application/x-atelier-progress+json"
"""Of a text artifact that says how far a picture is: {"index": 0, "step": 5, "steps": 30}."""


def default_user_agent() -> str:
    """The name and version under which servers see us."""
    try:
        return f"atelier/{version('atelier')}"
    except PackageNotFoundError:
        return "atelier"
