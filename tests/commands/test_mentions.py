"""Mentions and own emoji in prompts, as the words that they stand for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from commands.options.mentions import readable
from prompts import parse

MINA = SimpleNamespace(id=10, display_name="Mina (she)")
KNOWN = {30: SimpleNamespace(display_name="Jun")}
ROLES = {40: SimpleNamespace(name="red | blue")}
CHANNELS = {50: SimpleNamespace(name="art-room")}
RESOLVED = {"users": {"20": {"username": "rowan"}}, "members": {"21": {"nick": "--ar"}}}

INTERACTION: Any = SimpleNamespace(
    user=MINA,
    data={"resolved": RESOLVED},
    client=SimpleNamespace(user=SimpleNamespace(id=99, display_name="Atelier")),
    guild=SimpleNamespace(
        get_member=KNOWN.get, get_role=ROLES.get, get_channel_or_thread=CHANNELS.get
    ),
)


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("a portrait of <@10> at dusk", "a portrait of Mina (she) at dusk"),
        ("<@!20> and <@21>", "rowan and --ar"),
        ("<@30> with <@99>", "Jun with Atelier"),
        ("<@77> alone", "somebody alone"),
        ("in <#50> as <@&40>", "in art-room as red | blue"),
        ("a <:happy_fox:123> and <a:party:5>", "a happy fox and party"),
        ("5 < 6, <b>", "5 < 6, <b>"),
    ],
)
def test_names_are_drawn_and_are_no_syntax(typed: str, drawn: str) -> None:
    (segment,) = parse(readable(INTERACTION, typed)).segments
    assert (segment.plain, segment.weight) == (drawn, 1)
    assert not segment.is_emphasised
