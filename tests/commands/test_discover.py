"""Commands are found, given what they ask for by name, and described without any of it."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest
from discord import app_commands

import commands
from commands import UndefinedService, describe, discover, services_for
from commands.command_services import CommandServices
from generation.catalogue import catalogue
from playground.rules.commands import check_command
from tests.commands.engines import offering

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.kinds.view import OfferedEngines
    from commands.services import RuleServices

ROOT = Path(__file__).parents[2]
ENGINES = catalogue.load()
VIDEO_ENGINE = ENGINES.get("stable-video-diffusion")


def services(engines: OfferedEngines | None = None) -> CommandServices:
    """Services that are handed on, and of which only the engines can be used."""
    names = CommandServices.__dataclass_fields__
    values: dict[str, Any] = {name: UndefinedService(name) for name in names}
    values["engines"] = engines or offering(ENGINES)
    return CommandServices(**values)


def names_of(found: commands.Discovered) -> set[str]:
    return {command.name for command in found.commands}


def test_every_command_is_described_without_services_and_taken_by_discord():
    found = describe()
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    for command in found.commands:
        tree.add_command(command)
        check_command(command.to_dict(tree), ())
    assert {"imagine", "animate", "morph", "credits", "limits", "mod", "help"} <= names_of(found)


def test_described_twice_is_described_alike():
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    first, second = describe(), describe()
    assert [command.to_dict(tree) for command in first.commands] == [
        command.to_dict(tree) for command in second.commands
    ]


def test_without_a_video_engine_animate_is_described_but_not_offered():
    assert names_of(describe()) - names_of(discover(services())) == {"animate", "Animate"}
    with_videos = discover(services(offering(ENGINES, VIDEO_ENGINE)))
    (animate,) = (command for command in with_videos.commands if command.name == "animate")
    length = cast("app_commands.Command[Any, ..., Any]", animate).get_parameter("length")
    assert length is not None
    assert all("credit" in choice.name for choice in length.choices)
    # Its buttons say why not.
    assert discover(services()).actions.keys() == with_videos.actions.keys()


def test_without_an_engine_that_follows_control_pictures_none_are_asked_for():
    def options(controls: tuple[str, ...]) -> set[str]:
        engine = replace(ENGINES.get("stable-diffusion-v1-5"), controls=controls)
        found = discover(services(offering(catalogue.Catalogue([engine]))))
        (imagine,) = (command for command in found.commands if command.name == "imagine")
        parameters = cast("app_commands.Command[Any, ..., Any]", imagine).parameters
        return {parameter.name for parameter in parameters}

    assert options(("canny",)) - options(()) == {"control", "control_kind", "control_strength"}


def test_without_an_engine_that_has_adapters_no_prompt_is_completed():
    def is_completed(loras: tuple[str, ...]) -> bool:
        engine = replace(ENGINES.get("stable-diffusion-v1-5"), loras=loras)
        found = discover(services(offering(catalogue.Catalogue([engine]))))
        (imagine,) = (command for command in found.commands if command.name == "imagine")
        prompt = cast("app_commands.Command[Any, ..., Any]", imagine).get_parameter("prompt")
        assert prompt is not None
        return prompt.autocomplete

    assert is_completed(("ink",))
    assert not is_completed(())


def test_a_build_is_given_what_its_parameters_name():
    def build(rules: RuleServices, engines) -> None:
        """One parameter says its type, the other does not."""

    assert services_for(build, services()).keys() == {"rules", "engines"}


def unknown(weather: int) -> None:
    """Asks for what there is not."""


def mistyped(rules: int) -> None:
    """Asks for what is of another type."""


@pytest.mark.parametrize("build", [unknown, mistyped])
def test_what_is_not_there_or_of_another_type_is_refused_by_name(build: Callable[..., Any]):
    with pytest.raises(TypeError, match=f"{build.__name__} asks for (weather|rules): int"):
        services_for(build, services())


def test_a_service_that_is_not_there_can_be_handed_on_and_not_used():
    service: Any = UndefinedService("rules")
    with pytest.raises(TypeError, match=r"rules\.store is not there"):
        service.store()
    with pytest.raises(TypeError, match="rules is not there"):
        bool(service)


def test_the_first_command_of_the_readme_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    chapter = (ROOT / "README.md").read_text().partition("## Your first command in one file")[2]
    module = re.search(r"```python\n(.*?)```", chapter, re.DOTALL)
    assert module
    (tmp_path / "dice.py").write_text(module[1])
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    try:
        found = discover(services())
    finally:
        sys.modules.pop("commands.dice", None)
    (dice,) = (command for command in found.commands if command.name == "dice")
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    check_command(dice.to_dict(tree), ())
