"""The services that a command's `build` may ask for, by the names of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from commands.kinds.view import OfferedEngines
    from commands.moderation.report_posts import ReportPosts
    from commands.services import (
        AccountServices,
        JobServices,
        MediaServices,
        PendingOrders,
        RuleServices,
    )
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from jobs.status import Survey
    from jobs.videos import Videos


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandServices:
    """Everything that a command's `build` may ask for, by the names of its parameters.

    `keep_days` is how long files and prompts are kept, 0 for as long as nobody deletes them.
    """

    jobs: JobServices
    rules: RuleServices
    accounts: AccountServices
    pending: PendingOrders
    submission: Submission
    engines: OfferedEngines
    media: MediaServices
    preferences: MemberPreferences
    videos: Videos
    survey: Survey
    reports: ReportPosts
    keep_days: int
    now: Callable[[], datetime]
