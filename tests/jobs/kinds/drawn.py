"""What an engine answers to the jobs of these tests, and what that leaves of the credits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from storage.ledger.accounts import Balance
from tests.generation.image.scripted import answer, answers, fails, image
from tests.jobs.harness import PRICE_MC, START_MC

if TYPE_CHECKING:
    from tests.generation.image.scripted import Script

UNTOUCHED = Balance(START_MC, 0)
AWAY = fails(grpc.StatusCode.UNAVAILABLE, "nobody is here")


def pictures(*indexes: int) -> Script:
    return answers(answer(*(image(index, seed=7 + index) for index in indexes)))


def paid(count: int) -> Balance:
    return Balance(START_MC - PRICE_MC * count, 0)
