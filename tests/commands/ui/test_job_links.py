"""Jobs named on cards are found in whatever language the card speaks."""

from __future__ import annotations

import pytest

from commands.languages import LANGUAGES, speaking
from commands.ui.cards import continued
from commands.ui.job_links import named_on_card


@pytest.mark.parametrize("locale", ["en-US", *LANGUAGES])
def test_a_continued_card_names_its_job_in_every_language(locale: str) -> None:
    with speaking(locale):
        line = continued("k3f9")
    assert list(named_on_card(f"-# AI-generated · {line}")) == ["k3f9"]


def test_what_looks_like_a_job_but_is_none_names_none() -> None:
    assert list(named_on_card("a job, hijob k3f9, job K3F9")) == []
