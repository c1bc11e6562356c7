"""How films look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.kinds.video.cards import video_card, video_waiting_card
from commands.kinds.video.read import VIDEO
from commands.kinds.view import Recipe
from commands.languages import say
from commands.options.camera import camera_words
from commands.ui.facts import size
from commands.ui.text import seconds, weight
from generation.pricing import segment_price_mc
from jobs.orders.video import VideoOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines, ShownResult
    from commands.ui.cards import Card
    from jobs.delivery import Progress
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class VideoView:
    """Films that an engine makes of a picture; each is with it soon, so they wait in no line."""

    kind: ClassVar[str] = VideoOrder.kind
    draft_kind: ClassVar[str] = VIDEO
    noun: ClassVar[str] = "film"
    lost_noun: ClassVar[str] = "film"
    edit_action: ClassVar[str | None] = None
    redo_action: ClassVar[str | None] = "animate_edit"
    waits_in_line: ClassVar[bool] = False

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines
        self._now = engines.now

    def count(self, job: Job) -> int:
        """One film."""
        return 1

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> Card:
        """When it will be ready."""
        order = VideoOrder.from_json(job.spec)
        ready_at = self._now() + wait_estimate.ready_in if wait_estimate.ready_in else None
        return video_waiting_card(
            job.member_id,
            order,
            job.id,
            job.price_mc,
            ready_at,
            has_preview=False,
            is_private=job.is_private,
        )

    def running_card(
        self, job: Job, progress: Progress, *, has_preview: bool, arrived: Sequence[str] = ()
    ) -> Card:
        """When it will be ready, beside its first frame."""
        return video_waiting_card(
            job.member_id,
            VideoOrder.from_json(job.spec),
            job.id,
            job.price_mc,
            progress.ready_at,
            is_due=progress.is_due,
            is_late=progress.is_late,
            has_preview=has_preview,
            is_private=job.is_private,
        )

    def result_card(self, job: Job, shown: ShownResult) -> Card:
        """The film as far as it came."""
        order = VideoOrder.from_json(job.spec)
        return video_card(
            job,
            order,
            self._engines.known.find(job.engine_id),
            file=shown.files[0],
            made=shown.made,
            failure=shown.failure,
            link=shown.link,
            price_mc=self._price_mc(order, shown.made),
        )

    def recipe(self, job: Job) -> Recipe:
        """What it was made from, and how much moves in it."""
        order = VideoOrder.from_json(job.spec)
        length_s = order.length_s(order.segments)
        values = {
            say("From"): order.title,
            **({say("Words"): order.words} if order.words else {}),
            **({say("Kept out"): order.negative_words} if order.negative_words else {}),
            say("Engine"): order.engine_id,
            say("Size"): size(order.width, order.height),
            say("Seed"): f"{order.seed}",
            say("Cfg"): weight(order.cfg_scale),
            **({say("Motion"): f"{order.motion_bucket_id}"} if order.motion_bucket_id else {}),
            say("Length"): seconds(length_s),
            **({say("Camera move"): camera_words(order.camera)} if order.camera else {}),
        }
        notes = [say("It starts from a picture: give the same one as `image`.")]
        return Recipe(values=values, command="animate", paste=order.prompt, notes=notes)

    def _price_mc(self, order: VideoOrder, made: int) -> int | None:
        """What another part costs, where there may be one."""
        engines = self._engines.videos
        own = (engine for engine in engines if engine.id == order.engine_id)
        engine = next(own, self._engines.video)
        if engine is None or not order.has_room(order.earlier + made):
            return None
        return segment_price_mc(engine)
