"""Everything that is kept of a member is in some part of the export, once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from commands.services import KeptFiles
from commands.studio.results import export_parts
from commands.studio.results.export_parts import ExportPart, ExportParts
from jobs.errors import TooLate
from storage.jobs.history import HistoryFilter, HistoryPage
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from jobs.history import JobHistory

MINA = Account(1, 2)
AT_ONCE = 10
"""Files of a message."""


class Kept:
    """Results of so many files, each of so many bytes, and their history."""

    def __init__(self, results: dict[str, list[int]], *, name: str = "") -> None:
        self._results = results
        self._name = name

    @property
    def names(self) -> list[str]:
        return [
            f"{job_id}-{n}" for job_id, files in self._results.items() for n in range(len(files))
        ]

    async def page(
        self, account: Account, filters: HistoryFilter, limit: int, *, older_than: str = ""
    ) -> HistoryPage:
        assert (account, filters) == (MINA, HistoryFilter())
        ids = list(self._results)
        first = ids.index(older_than) + 1 if older_than else 0
        shown = ids[first : first + limit]
        older = shown[-1] if first + limit < len(ids) else ""
        return HistoryPage([cast("Any", SimpleNamespace(id=one)) for one in shown], older=older)

    async def kept(self, job: Any, limit: int, *, after: int = 0) -> KeptFiles:
        sizes = self._results[job.id][after:][:AT_ONCE]
        if not sizes:
            raise TooLate
        assert max(sizes) <= limit
        files = [
            (self._name or f"{job.id}-{number}", bytes(size))
            for number, size in enumerate(sizes, start=after)
        ]
        return KeptFiles(files, [0] * len(files))


async def exported(kept: Kept, first: dict[str, bytes] | None = None) -> list[ExportPart]:
    parts: list[ExportPart] = []
    start, files = "", first or {}
    while start or not parts:
        part = ExportPart(files=dict(files))
        await ExportParts(cast("JobHistory", kept), kept).fill(part, MINA, start)
        parts.append(part)
        start, files = part.following, {}
        assert len(parts) < 50
    return parts


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"a": [10]},
        {"a": [60] * 16, "b": [60] * 3},
        {"a": [100], "b": [100] * 4, "c": [1]},
        {f"j{number}": [30, 30] for number in range(45)},
    ],
)
async def test_each_file_is_in_one_part(
    monkeypatch: pytest.MonkeyPatch, results: dict[str, list[int]]
):
    monkeypatch.setattr(export_parts, "PART_BYTES", 100)
    kept = Kept(results)
    parts = await exported(kept)
    assert [name for part in parts for name in part.files] == kept.names
    assert all(sum(map(len, part.files.values())) <= 100 for part in parts)
    assert all(part.results or not results for part in parts)


async def test_large_data_has_the_first_part_to_itself(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export_parts, "PART_BYTES", 100)
    first, second = await exported(Kept({"a": [50]}), {"data.json": bytes(400)})
    assert (list(first.files), first.results) == (["data.json"], 0)
    assert list(second.files) == ["a-0"]


async def test_posters_of_one_name_do_not_take_each_other_s_place():
    (part,) = await exported(Kept({"j1": [1], "j2": [1]}, name="first-frame.jpg"))
    assert list(part.files) == ["j1-first-frame.jpg", "j2-first-frame.jpg"]
