"""A full disk, or a reached cap, refuses new jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import NoSpace
from jobs.rules.disk import Space

if TYPE_CHECKING:
    from pathlib import Path

MORE_THAN_ANY_DISK = 1 << 60


def test_a_disk_with_room_lets_jobs_pass(tmp_path: Path):
    space = Space([tmp_path], floor_bytes=1)
    space.check()
    assert space.free_bytes


def test_a_disk_below_the_floor_refuses(tmp_path: Path):
    space = Space([tmp_path], floor_bytes=MORE_THAN_ANY_DISK)
    assert space.is_disk_full
    with pytest.raises(NoSpace):
        space.check()


def test_a_reached_cap_refuses(tmp_path: Path):
    space = Space([tmp_path], cap_bytes=100, floor_bytes=1)
    space.kept_bytes = 99
    space.check()
    space.kept_bytes = 100
    with pytest.raises(NoSpace):
        space.check()


def test_without_a_disk_of_this_machine_there_is_no_floor():
    space = Space([], floor_bytes=MORE_THAN_ANY_DISK)
    space.check()
    assert space.free_bytes is None


def test_a_folder_that_is_not_made_yet_is_measured_where_it_will_be(tmp_path: Path):
    assert Space([tmp_path / "state" / "artifacts"]).free_bytes
