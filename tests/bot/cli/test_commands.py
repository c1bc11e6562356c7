"""The operator's commands in a shell: what they take, and one sentence for what they do not."""

from __future__ import annotations

import argparse

import pytest

from bot.cli.commands import add_operator_commands

ID = "80351110224678912"


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_operator_commands(parser)
    return parser


@pytest.mark.parametrize(
    ("text", "ceiling_mc"), [("12.5", 12_500), ("0", 0), ("none", None), ("NONE", None)]
)
def test_a_ceiling_is_credits_or_none(
    parser: argparse.ArgumentParser, text: str, ceiling_mc: int | None
):
    assert parser.parse_args(["guilds", "ceiling", ID, text]).ceiling == ceiling_mc
    assert parser.parse_args(["guilds", "admit", ID, "--ceiling", text]).ceiling == ceiling_mc


def test_without_a_ceiling_none_is_given(parser: argparse.ArgumentParser):
    assert "ceiling" not in parser.parse_args(["guilds", "admit", ID])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["guilds", "admit", "Atelier"], "no id"),
        (["guilds", "refuse", "-5"], "no id"),
        (["guilds", "ceiling", ID, "much"], "no number of credits"),
        (["guilds", "ceiling", ID], "CREDITS"),
        (["credits", "grant", "--guild", ID, "--member", ID, "--amount", "0"], "at least 0.001"),
        (["credits", "grant", "--guild", ID, "--member", ID, "--amount", "none"], "at least 0.001"),
        (["credits", "grant", "--guild", ID, "--member", "me", "--amount", "1"], "no id"),
    ],
)
def test_what_cannot_be_read_is_named(
    parser: argparse.ArgumentParser,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
):
    with pytest.raises(SystemExit):
        parser.parse_args(arguments)
    assert says in capsys.readouterr().err
