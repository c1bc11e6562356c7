"""Which film to ask for next, and when: plain logic, told the time by whoever uses it.

All instants are seconds of one monotonic clock, so that no clock jump moves anything. The queue is
a heap by due time. The due times follow each engine's checking plan at one common price for a
poll; the price is what makes the polls fit the rate limit: the least at which no more of them fall
due in the next minute than there will be turns.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from generation.video.durations import Durations
from generation.video.poll_schedule import best_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.video.poll_schedule import CheckingPlan

LEAST_SPACING_S = 10.0
"""The API allows one poll in ten seconds for each id."""

SLACK_S = 0.25
"""Some requests travel faster than others."""

SPACING_S = LEAST_SPACING_S + SLACK_S

TYPICAL_S = 41.0
"""How long the hosted engine takes, until it is learned."""

LEAST_PRICE_S = 2.0
"""A poll is worth as many seconds of delay where there is room for all of them."""

PRICES_S = tuple(LEAST_PRICE_S * 1.03**power for power in range(400))
ADJUST_S = 10.0
"""How often the price is looked at."""

AHEAD_S = 60.0
"""How far the due times are compared with the turns."""

SAMPLE = 2500
"""As many films tell enough of all."""

GROWTH = 1.1
"""How the turns are taken to have become more where some were left over."""

INERTIA = 0.8
RELEARN = 0.1
"""Plans are made anew after this share more films, and at least every MAX_UNLEARNED."""

MAX_UNLEARNED = 50
LONGEST_WAIT_S = 3600.0
"""A film that was told to wait longer than this has met a clock jump."""


@dataclass(slots=True)
class Watched:
    """One film: its start, the last age at which it had not finished, and when it may be asked."""

    result_id: str
    engine_id: str
    began: float
    unfinished_s: float = 0.0
    not_before: float = 0.0
    due: float = 0.0


class Engine:
    """What is known of one engine, and its plans for each price."""

    def __init__(self, typical_s: float, spacing_s: float) -> None:
        self.durations = Durations(typical_s)
        self._spacing_s = spacing_s
        self._planned_at = 0
        self._plans: dict[float, CheckingPlan] = {}

    def plan(self, price_s: float) -> CheckingPlan:
        """The plan at that price, but never at one above the typical duration."""
        plan = self._plans.get(price_s)
        if plan is None:
            most_s = max(self.durations.typical_s, LEAST_PRICE_S)
            plan = best_plan(self.durations, min(price_s, most_s), self._spacing_s)
            self._plans[price_s] = plan
        return plan

    def forget_plans(self) -> bool:
        """Let the plans be made anew if much was learned since; whether it was."""
        fresh = self.durations.videos - self._planned_at
        if fresh <= min(MAX_UNLEARNED, self._planned_at * RELEARN):
            return False
        self._planned_at = self.durations.videos
        self._plans.clear()
        return True


class PollQueue:
    """The outstanding films; `typical_s` says by engine how long a film takes at first.

    `polls_per_s` is what the rate limit allows at most, None where there is none; between two polls
    of a film are at least `least_spacing_s`.
    """

    def __init__(
        self,
        typical_s: Mapping[str, float] | None = None,
        polls_per_s: float | None = None,
        least_spacing_s: float = LEAST_SPACING_S,
    ) -> None:
        self._typical_s = dict(typical_s or {})
        self._least_spacing_s = least_spacing_s
        self.spacing_s = least_spacing_s + SLACK_S
        self._engines: dict[str, Engine] = {}
        self._videos: dict[str, Watched] = {}
        self._heap: list[tuple[float, str]] = []
        self._asked: set[str] = set()
        self._paused_until = float("-inf")
        self._adjusted_at = float("-inf")
        self._most_per_s = polls_per_s
        self._turns_per_s = polls_per_s or 0.0
        self._taken = 0
        self._was_idle = False
        self.price_s = LEAST_PRICE_S

    def __len__(self) -> int:
        return len(self._videos)

    def __contains__(self, result_id: str) -> bool:
        return result_id in self._videos

    def add(
        self, result_id: str, engine_id: str, now: float, age_s: float = 0.0, wait_s: float = 0.0
    ) -> None:
        """Watch a film that began `age_s` ago and may not be asked for within `wait_s`."""
        # Figures that a clock jump spoilt: no film began in the future, none waits for hours.
        began, wait_s = now - max(0.0, age_s), min(max(0.0, wait_s), LONGEST_WAIT_S)
        video = Watched(result_id, engine_id, began, not_before=now + wait_s)
        self._videos[result_id] = video
        self._push(video)

    def remove(self, result_id: str) -> None:
        """Watch it no longer."""
        self._videos.pop(result_id, None)
        self._asked.discard(result_id)

    def due_in(self, now: float) -> float | None:
        """Seconds until the next poll is due; None if there is nothing to ask for."""
        self._adjust(now)
        due = self._first_due()
        if due is None:
            return None
        self._was_idle = self._was_idle or due > now
        return max(0.0, self._open_at(due) - now, self._paused_until - now)

    def take(self, now: float) -> str | None:
        """The film to ask for now, if any is due; it is not due again until it is put back."""
        due = self._first_due()
        if due is None or max(self._open_at(due), self._paused_until) > now:
            return None
        result_id = heapq.heappop(self._heap)[1]
        video = self._videos[result_id]
        video.not_before = now + self.spacing_s
        self._asked.add(result_id)
        self._taken += 1
        return result_id

    def wait_after(self, result_id: str, now: float) -> float:
        """In how many seconds a film that is asked for now is due again if it has not finished."""
        video = self._videos[result_id]
        plan = self._engine(video.engine_id).plan(self.price_s)
        age_s = now - video.began
        return max(self.spacing_s, plan.next_age(age_s) - age_s)

    def not_yet(self, result_id: str, asked_at: float, answered_at: float | None = None) -> None:
        """It had not finished when it was asked for; the answer came then, if not at once.

        The question may have arrived as late as the answer left.
        """
        video = self._videos.get(result_id)
        if video is not None:
            video.unfinished_s = max(video.unfinished_s, asked_at - video.began)
            arrived_at = asked_at if answered_at is None else answered_at
            earliest = max(asked_at + self.spacing_s, arrived_at + self._least_spacing_s)
            video.not_before = max(video.not_before, earliest)
            self._put_back(video)

    def again(self, result_id: str, now: float, wait_s: float) -> None:
        """The poll told nothing: ask again, not before `wait_s`."""
        video = self._videos.get(result_id)
        if video is not None:
            video.not_before = max(video.not_before, now + wait_s)
            self._put_back(video)

    def finished(self, result_id: str, asked_at: float) -> None:
        """It has finished: learn how long it took, and watch it no longer."""
        video = self._videos.get(result_id)
        if video is not None:
            self._engine(video.engine_id).durations.learn(
                video.unfinished_s, asked_at - video.began
            )
            self.remove(result_id)

    def pause(self, now: float, wait_s: float) -> None:
        """Ask for nothing for a while."""
        self._paused_until = max(self._paused_until, now + wait_s)

    def durations(self, engine_id: str) -> Durations:
        """What was learned of an engine."""
        return self._engine(engine_id).durations

    def _open_at(self, due: float) -> float:
        """From when the first of the heap is asked for: early where a turn would be lost."""
        if self.price_s <= LEAST_PRICE_S:
            return due
        return max(due - AHEAD_S, self._videos[self._heap[0][1]].not_before)

    def _adjust(self, now: float) -> None:
        """Set the price and the due times anew, every few seconds."""
        elapsed_s = now - self._adjusted_at
        if elapsed_s < ADJUST_S or now < self._paused_until:
            return
        self._adjusted_at = now
        self._count_turns(elapsed_s)
        has_learned = sum(engine.forget_plans() for engine in self._engines.values()) > 0
        price_s = self._fitting_price(now)
        if has_learned or price_s != self.price_s:
            self.price_s = price_s
            self._rebuild()

    def _count_turns(self, elapsed_s: float) -> None:
        """Estimate how many polls there are turns for: others share the account's rate."""
        taken_per_s, self._taken = self._taken / elapsed_s, 0
        was_idle, self._was_idle = self._was_idle, False
        if self._most_per_s is None:
            return
        if was_idle:
            slots = max(self._turns_per_s, taken_per_s) * GROWTH
        else:
            slots = INERTIA * self._turns_per_s + (1 - INERTIA) * taken_per_s
        self._turns_per_s = min(max(slots, 1 / AHEAD_S), self._most_per_s)

    def _fitting_price(self, now: float) -> float:
        """The least price at which there are turns enough for what falls due."""
        if self._most_per_s is None or not self._videos:
            return LEAST_PRICE_S
        stride = math.ceil(len(self._videos) / SAMPLE)
        sample = list(islice(self._videos.values(), 0, None, stride))
        slots = self._turns_per_s * AHEAD_S / stride
        until = now + AHEAD_S

        def fits(price_s: float) -> bool:
            return sum(self._due(video, price_s) <= until for video in sample) <= slots

        place = bisect_left(PRICES_S, True, hi=len(PRICES_S) - 1, key=fits)
        return PRICES_S[place]

    def _rebuild(self) -> None:
        for video in self._videos.values():
            video.due = self._due(video, self.price_s)
        waiting = (video for video in self._videos.values() if video.result_id not in self._asked)
        self._heap = [(video.due, video.result_id) for video in waiting]
        heapq.heapify(self._heap)

    def _put_back(self, video: Watched) -> None:
        self._asked.discard(video.result_id)
        self._push(video)

    def _push(self, video: Watched) -> None:
        video.due = self._due(video, self.price_s)
        heapq.heappush(self._heap, (video.due, video.result_id))

    def _due(self, video: Watched, price_s: float) -> float:
        plan = self._engine(video.engine_id).plan(price_s)
        return max(video.not_before, video.began + plan.next_age(video.unfinished_s))

    def _first_due(self) -> float | None:
        """The earliest due time, after dropping what is watched no longer or was put elsewhere."""
        while self._heap:
            due, result_id = self._heap[0]
            video = self._videos.get(result_id)
            if video is not None and video.due == due and result_id not in self._asked:
                return due
            heapq.heappop(self._heap)
        return None

    def _engine(self, engine_id: str) -> Engine:
        if engine_id not in self._engines:
            typical_s = self._typical_s.get(engine_id, TYPICAL_S)
            self._engines[engine_id] = Engine(typical_s, self.spacing_s)
        return self._engines[engine_id]
