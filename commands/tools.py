"""What a command works with; the bot opens it once and hands it to each `build`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from commands.uploads import Uploads
    from generation.catalogue import Catalogue
    from jobs.guilds import Guilds
    from jobs.jobs import Jobs
    from jobs.limits import Limits
    from jobs.space import Space
    from jobs.status import Survey
    from storage.drafts import Drafts
    from storage.ledger import Ledger
    from storage.rules import RuleStore


@dataclass(frozen=True, slots=True)
class Tools:
    """The rooms below, opened: jobs, money, rules, drafts, uploads, engines, disk and guilds."""

    jobs: Jobs
    ledger: Ledger
    rules: RuleStore
    limits: Limits
    drafts: Drafts
    uploads: Uploads
    catalogue: Catalogue
    space: Space
    guilds: Guilds
    survey: Survey
    default_engine_id: str
    now: Callable[[], datetime]
