"""Every rule for application commands, broken once on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from playground.world.world import APPLICATION_ID

if TYPE_CHECKING:
    from playground.wire import Json
    from tests.driver.driver import Driver
    from tests.playground.raw import RawBot

COMMANDS = f"/applications/{APPLICATION_ID}/commands"


def command(**more: Any) -> Json:
    return {"name": "ping", "description": "Ping"} | more


def option(kind: int = 3, name: str = "o", **more: Any) -> Json:
    return {"type": kind, "name": name, "description": "x"} | more


def with_options(*options: Json) -> Json:
    return command(options=list(options))


def nested(kind: int, *options: Json, name: str = "sub") -> Json:
    return option(kind, name, options=list(options))


WRONG_COMMANDS: list[tuple[Json, str]] = [
    (command(name="Upper"), "name"),
    (command(name="two words"), "name"),
    (command(name="x" * 33), "name"),
    (command(name=""), "name"),
    (command(type=9), "type"),
    (command(description=""), "description"),
    (command(description=None), "description"),
    (command(description="x" * 101), "description"),
    (command(name_localizations={"xx": "ping"}), "name_localizations.xx"),
    (command(name_localizations={"de": "Ping"}), "name_localizations.de"),
    (command(description_localizations={"de": "x" * 101}), "description_localizations.de"),
    (command(contexts=[]), "contexts"),
    (command(contexts=[5]), "contexts"),
    (command(contexts=[2]), "contexts"),
    (command(integration_types=[0, 0]), "integration_types"),
    (command(default_member_permissions="all"), "default_member_permissions"),
    (command(type=3), "description"),
    ({"type": 2, "name": "Wave", "options": [option()]}, "options"),
    (with_options(*(option(name=f"o{n}") for n in range(26))), "options"),
    (with_options(option(), option()), "options.1.name"),
    (with_options(option(12)), "options.0.type"),
    (with_options(option(name="Upper")), "options.0.name"),
    (with_options(option(description="")), "options.0.description"),
    (with_options(option(), option(name="p", required=True)), "options.1.required"),
    (with_options(option(), nested(1)), "options"),
    (with_options(nested(2)), "options.0.options"),
    (with_options(nested(2, nested(2, nested(1)))), "options.0.options.0.type"),
    (with_options(nested(1, nested(1))), "options.0.options.0.type"),
    (with_options(option(5, choices=[{"name": "a", "value": 1}])), "options.0.choices"),
    (with_options(option(5, autocomplete=True)), "options.0.autocomplete"),
    (
        with_options(option(autocomplete=True, choices=[{"name": "a", "value": "a"}])),
        "options.0.autocomplete",
    ),
    (
        with_options(option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])),
        "options.0.choices",
    ),
    (with_options(option(choices=[{"name": "a", "value": 1}])), "options.0.choices.0.value"),
    (with_options(option(4, choices=[{"name": "a", "value": "1"}])), "options.0.choices.0.value"),
    (
        with_options(option(choices=[{"name": "a", "value": "x" * 101}])),
        "options.0.choices.0.value",
    ),
    (
        with_options(option(choices=[{"name": "a", "value": "1"}, {"name": "a", "value": "2"}])),
        "options.0.choices",
    ),
    (with_options(option(max_length=6001)), "options.0.max_length"),
    (with_options(option(min_length=5, max_length=2)), "options.0.min_length"),
    (with_options(option(4, min_value=5, max_value=2)), "options.0.min_value"),
    (with_options(option(4, max_length=5)), "options.0.max_length"),
    (with_options(option(max_value=5)), "options.0.max_value"),
    (with_options(option(channel_types=[0])), "options.0.channel_types"),
    (with_options(option(7, channel_types=[99])), "options.0.channel_types"),
]


@pytest.mark.parametrize(("body", "path"), WRONG_COMMANDS)
async def test_wrong_commands(raw: RawBot, driver: Driver, body: Json, path: str) -> None:
    answer = await raw.call("POST", COMMANDS, body)
    assert (answer.status, answer.code) == (400, 50035), answer.body
    assert path.split(".")[0] in answer.body["errors"]
    in_bulk = await raw.call("PUT", COMMANDS, [command(name="fine"), body])
    assert in_bulk.code == 50035
    assert "1" in in_bulk.body["errors"]
    assert (await driver.state())["commands"] == []


async def test_limits_of_a_whole_set_of_commands(raw: RawBot) -> None:
    twice = await raw.call("PUT", COMMANDS, [command(), command()])
    assert twice.fault_at("1.name") == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        described = {"description": "x"} if kind == 1 else {}
        many = [{"type": kind, "name": f"c{n}"} | described for n in range(most + 1)]
        assert (await raw.call("PUT", COMMANDS, many)).code == 30032
        assert (await raw.call("PUT", COMMANDS, many[:-1])).status == 200


async def test_size_of_a_command_counts_the_longest_translation(raw: RawBot) -> None:
    choices = [{"name": "n" * 99 + chr(97 + n), "value": "v" * 100} for n in range(13)]
    options = [option(name=f"o{n}", choices=choices) for n in range(3)]
    fits = command(options=options)
    assert (await raw.call("POST", COMMANDS, fits)).status == 201
    translated = fits | {"description_localizations": {"de": "x" * 100, "fr": "x" * 100}}
    assert (await raw.call("POST", COMMANDS, translated)).status == 200
    too_large = command(options=[*options, option(name="o3", choices=choices)])
    assert (await raw.call("POST", COMMANDS, too_large)).code == 50035


@pytest.mark.parametrize("name", ["größe", "画像", "a-b_c'd", "สวัสดี", "x1"])
async def test_plain_names_in_any_script(raw: RawBot, name: str) -> None:
    assert (await raw.call("POST", COMMANDS, command(name=name))).status == 201
