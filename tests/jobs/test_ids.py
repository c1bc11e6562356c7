"""Ids are digits, and nothing else."""

from __future__ import annotations

import pytest

from jobs.ids import read_id


def test_an_id_is_read():
    assert read_id(" 80351110224678912 ") == 80351110224678912


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "1.5", "id", "９", "9" * 19, "9" * 5000, "<@80351110224678912>"]
)
def test_what_is_no_id_is_refused(text: str):
    with pytest.raises(ValueError, match="no id of Discord's"):
        read_id(text)
