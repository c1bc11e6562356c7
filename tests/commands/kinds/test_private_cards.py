"""The cards of private jobs that wait: of every kind they say who sees them, and until when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.kinds.registry import open_views
from commands.ui.cards import PRIVATE
from jobs.runner.estimate import WaitEstimate
from tests.commands.engines import offering
from tests.commands.ui.test_cards import ENGINES, a_job, order, text
from tests.jobs.kinds.test_morph import a_morph
from tests.jobs.kinds.video.harness import a_video_order
from tests.jobs.orders.test_order import an_upscale

if TYPE_CHECKING:
    from jobs.orders.order import Order

VIEWS = open_views(offering(ENGINES))


@pytest.mark.parametrize("ordered", [order(), a_morph(), a_video_order(2), an_upscale()])
def test_a_private_job_says_who_sees_it(ordered: Order) -> None:
    job, waits = a_job(ordered), WaitEstimate(1, None)
    view = VIEWS[ordered.kind]
    assert PRIVATE not in text(view.waiting_card(job, waits))
    assert text(view.waiting_card(replace(job, is_private=True), waits)).count(PRIVATE) == 1
