"""How fast prompts are read, beside a tokenisation of the same text by a regular expression."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from benchmarks.harness.report import Figure
from prompts import MAX_CHARS, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.plan import Plan

BASELINE = "regular expression"
TOKEN = re.compile(r"::-?\d*\.?\d+|--\w+|[()\[\]{}|,]|[^\s()\[\]{}|,]+?(?=::|[\s()\[\]{}|,]|$)|\S")
TYPICAL = "a (red:1.2) lighthouse at dusk, oil painting::1.5 fog::-0.5 --ar 3:2 --seed 7 --no text"
PIECE = "a (red:1.2) lighthouse at dusk, oil painting, [quiet] sea and warm++ light::1.5 "
TURNS_PER_S = 100


async def measure(plan: Plan) -> list[Figure]:
    """A typical prompt and the longest that is read."""
    longest = (PIECE * (MAX_CHARS // len(PIECE) + 1))[: MAX_CHARS - MAX_CHARS % len(PIECE)]
    longest += "x" * (MAX_CHARS - len(longest))
    texts = {f"{len(TYPICAL)} characters": TYPICAL, f"{MAX_CHARS:,} characters": longest}
    return [_figure(name, text, plan) for name, text in texts.items()]


def _figure(name: str, text: str, plan: Plan) -> Figure:
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(plan.runs):
        ours.append(_per_second(parse, text, plan.seconds / 10))
        bare.append(_per_second(TOKEN.findall, text, plan.seconds / 10))
    return Figure(f"prompts of {name}", "per s", ours, BASELINE, bare)


def _per_second(act: Callable[[str], object], text: str, seconds: float) -> float:
    act(text)
    done, began = 0, time.perf_counter()
    while (now := time.perf_counter()) - began < seconds or not done:
        act(text)
        done += 1
    return done / (now - began)
