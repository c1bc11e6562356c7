"""What the operator reads of guilds and of the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from generation.image.client import EngineInfo
from jobs.guilds import Spending
from jobs.operator_lines import guild_line, size, status_lines
from jobs.status import HostAccount, Status
from storage.jobs.jobs import JobState
from storage.overview import Billed
from storage.rules import Admission, Guild, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence


def spending(
    *,
    admission: Admission = Admission.ADMITTED,
    ceiling_mc: int | None = None,
    budget_mc: int | None = None,
    spent_mc: int = 0,
    name: str = "Foxes",
) -> Spending:
    rules = Rules(budget_mc=budget_mc)
    guild = Guild(id=7, name=name, admission=admission, ceiling_mc=ceiling_mc, rules=rules)
    return Spending(guild, guild.ceiling(0), guild.month_limit(0), spent_mc)


def host_account(**said: Any) -> HostAccount:
    since = datetime(2026, 11, 30, 10, 20, tzinfo=UTC)
    return HostAccount(name="the engine at gpu:1", since=since, **said)


def status(*guilds: Spending, hosts: Sequence[HostAccount] | None = None) -> Status:
    return Status(
        hosts=hosts,
        guilds=guilds,
        open_jobs={JobState.WAITING: 2, JobState.RUNNING: 1},
        kept_bytes=1_500_000_000,
        cap_bytes=10_000_000_000,
        free_bytes=33_100_000_000,
    )


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (spending(), "7 · Foxes · admitted, no limit, 0.00 spent this month"),
        (
            spending(ceiling_mc=500_000, budget_mc=20_000, spent_mc=1),
            "7 · Foxes · admitted, up to 500.00 a month, 0.01 spent this month,"
            " its own budget is 20.00",
        ),
        (
            spending(admission=Admission.NEW, name=""),
            "7 · not seen yet · not approved yet, 0.00 spent this month",
        ),
        (
            spending(admission=Admission.REFUSED, ceiling_mc=5),
            "7 · Foxes · refused, 0.00 spent this month",
        ),
        (
            spending(admission=Admission.NEW, ceiling_mc=5000),
            "7 · Foxes · new, up to 5.00 a month, 0.00 spent this month",
        ),
    ],
)
def test_a_guild_is_one_line(one: Spending, line: str):
    assert guild_line(one) == line


def test_limits_beyond_the_balance_are_said():
    engines = [
        EngineInfo("sd", "sd", "", ready=True, kind="image"),
        EngineInfo("xl", "xl", "", ready=False, kind="image"),
    ]
    host = host_account(engines=engines, balance_mc=40_000)
    lines = status_lines(status(spending(ceiling_mc=50_000), spending(), hosts=[host]))
    assert lines == [
        "Engines: sd, xl (not ready) (the engine at gpu:1)",
        "Balance at the API: 40.00 credits (the engine at gpu:1)",
        "Servers: 2 of 2 may draw, for up to 50.00 credits a month, 1 without a limit;"
        " 0.00 spent this month",
        "They may still spend 50.00 this month: more than the balance",
        "Jobs: 2 waiting, 1 running",
        "Results: 1.5 GB kept, cap 10.0 GB, 33.1 GB free on the disk",
    ]


def test_what_was_spent_does_not_count_against_the_balance():
    # Two hosts of one account: it is not counted twice.
    hosts = [host_account(balance_mc=40_000), host_account(balance_mc=40_000)]
    lines = status_lines(status(spending(ceiling_mc=50_000, spent_mc=10_000), hosts=hosts))
    assert not [line for line in lines if "more than the balance" in line]


@pytest.mark.parametrize(
    ("reason", "billed", "said"),
    [
        ("filtered", Billed(1, 3_000), "Filtered but billed this month: 1 picture, 3.00 credits"),
        (
            "filtered",
            Billed(12, 36_500),
            "Filtered but billed this month: 12 pictures, 36.50 credits",
        ),
        (
            "lost",
            Billed(2, 6_000),
            "Lost on the way, perhaps billed this month: 2 pictures, 6.00 credits",
        ),
    ],
)
def test_what_was_billed_but_not_delivered_is_said(reason: str, billed: Billed, said: str):
    assert said in status_lines(replace(status(), billed={reason: billed}))
    assert not [line for line in status_lines(status()) if "billed" in line]


def test_servers_that_may_not_draw_are_counted():
    refused = spending(admission=Admission.REFUSED, spent_mc=10)
    lines = status_lines(status(refused, spending(admission=Admission.NEW)))
    assert "Servers: 0 of 2 may draw; 0.01 spent this month" in lines


def test_an_engine_that_does_not_answer_is_said():
    hosts = [host_account(problem="the engine at gpu:1 does not work"), host_account()]
    lines = status_lines(status(hosts=hosts))
    assert lines[:2] == [
        "Engines: the engine at gpu:1 does not work (since 2026-11-30 10:20 UTC)",
        "Engines: none (the engine at gpu:1)",
    ]


def test_the_painter_costs_nothing():
    assert "costs nothing" in status_lines(status())[0]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (10**9, "1.0 GB"),
        (10**15, "1,000.0 TB"),
    ],
)
def test_sizes(count: int, said: str):
    assert size(count) == said
