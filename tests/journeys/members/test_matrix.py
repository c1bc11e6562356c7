"""The permission matrix: every command and every button, for every role, in every place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from discord.app_commands import ContextMenu, Group

from commands import describe
from playground.server import Playground
from tests.journeys import matrix
from tests.journeys.backend import Backend, serving_backend
from tests.journeys.matrix import ROLES, Role
from tests.journeys.stage import ACTORS, HOME, OTHER, Stage, draw_unless_slow
from tests.journeys.studio import Studio
from tests.journeys.video_backend import EDITOR, serving_videos, written_catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


# The first test also sets up the stage, on which sixty jobs were done.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

GONE = "That is not possible any more."


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        backend.play(draw_unless_slow)
        backend.engine_ids.append(EDITOR)
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    description = os.environ.get("DISCORD_OPENAPI")
    folder = tmp_path_factory.mktemp("studio")
    async with (
        Playground(guilds=3, guests=2, description=description) as playground,
        serving_videos() as videos,
        Studio(
            folder,
            playground,
            STABILITY_HOST=f"127.0.0.1:{backend.port}",
            STABILITY_REST=videos,
            ATELIER_ENGINES=written_catalogue(folder, is_able=True),
        ) as opened,
    ):
        yield opened
        assert await opened.problems() == []
        assert not [line for line in opened.said if "Traceback" in line], opened.said


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(studio: Studio) -> Stage:
    stage = Stage(studio)
    await stage.set_up()
    return stage


def registered() -> tuple[list[str], list[str], list[str]]:
    """Everything that can be used: commands with subcommands, menus, actions of buttons."""
    found = describe()
    commands: list[str] = []
    for one in found.commands:
        if isinstance(one, Group):
            leaves = [leaf for leaf in one.walk_commands() if not isinstance(leaf, Group)]
            commands += [leaf.qualified_name for leaf in leaves]
        elif not isinstance(one, ContextMenu):
            commands.append(one.name)
    menus = [one.name for one in found.commands if isinstance(one, ContextMenu)]
    return commands, menus, list(found.actions)


async def test_nothing_is_missing_from_the_matrix():
    commands, menus, actions = registered()
    assert sorted(matrix.COMMANDS) == sorted(commands)
    assert sorted(matrix.MENUS) == sorted(menus)
    assert sorted([*matrix.BUTTONS, *matrix.OF_ONES_OWN]) == sorted(actions)


@pytest.mark.parametrize("role", ROLES)
async def test_commands(stage: Stage, role: Role):
    actor, column = ACTORS[role], ROLES.index(role)
    wanted = {name: case.verdicts[column] for name, case in matrix.COMMANDS.items()}
    found = {name: await stage.use(actor, name, case) for name, case in matrix.COMMANDS.items()}
    assert found == wanted


@pytest.mark.parametrize("role", ROLES)
async def test_menus_and_buttons(stage: Stage, role: Role):
    actor, column = ACTORS[role], ROLES.index(role)
    found = {name: await stage.menu(actor, name) for name in matrix.MENUS}
    wanted = {name: verdicts[column] for name, verdicts in matrix.MENUS.items()}
    # There are no results in direct messages, so there is nothing to press.
    if actor.guild:
        found |= {name: await stage.press(actor, name) for name in matrix.BUTTONS}
        wanted |= {name: verdicts[column] for name, verdicts in matrix.BUTTONS.items()}
        found |= {form: await stage.send(actor, name) for name, form in matrix.FORMS.items()}
        wanted |= {form: matrix.BUTTONS[name][column] for name, form in matrix.FORMS.items()}
    assert found == wanted


OF_REPORTS = ("remove", "remove_only", "dismiss", "block_author")
FORGED_BUTTONS = (
    *(
        "morph_edit",
        "morph_edit_own",
        "reroll",
        "edit",
        "edit_own",
        "recipe",
        "copy_prompt",
        "delete",
        "cancel",
        "report",
        *OF_REPORTS,
    ),
    *("animate", "approve", "decline", "extend", "camera", "gif", "webp", "resend", "let_go"),
    *("blend_reroll", "blend_edit", "blend_edit_own"),
)
FOREIGN_IDS = [("cancel", ""), ("cancel", "zz:zz"), ("CANCEL", "zzzzzzzz"), ("fly", "zzzzzzzz")]
FORGED_DRAFT_BUTTONS = (
    *("redo", "without", "confirm", "cheaper", "shorter", "morph_redo", "morph_draw"),
    *("animate_confirm", "animate_edit", "extend_confirm", "limits_setup_again", "report_again"),
    *("blend_redo", "blend_confirm", "blend_cheaper", "edit_redo"),
)
FORGED_DRAFT_FORMS = (
    *("redone", "animated", "morph_redone", "reported_again", "blend_redone", "edit_redone"),
)
FORGED_FORMS = ("edited", "reported", "camera_set", "morph_edited", "blend_edited")


@pytest.mark.parametrize("kind", ["picture", "film", "walk", "blend", "lost", "waiting"])
async def test_no_button_reaches_the_jobs_of_another_guild(stage: Stage, kind: str):
    """A moderator there, with buttons on a message of the bot's that name a job of here."""
    job_id = stage.job_of(HOME, kind)
    found = {name: await stage.press_forged("ada", OTHER, name, job_id) for name in FORGED_BUTTONS}
    assert found == dict.fromkeys(FORGED_BUTTONS, GONE)


@pytest.mark.parametrize("action", FORGED_FORMS)
async def test_no_form_reaches_the_jobs_of_another_guild(stage: Stage, action: str):
    kinds = {"camera_set": "film", "morph_edited": "walk", "blend_edited": "blend"}
    job_id = stage.job_of(HOME, kinds.get(action, "picture"))
    assert await stage.send_forged("ada", OTHER, action, job_id) == GONE


@pytest.mark.parametrize(
    ("guild", "says"),
    [
        (HOME, "Only the member who ordered this can do that."),
        (OTHER, "That is not kept any more."),
    ],
)
async def test_what_a_member_typed_is_shown_to_nobody_else(stage: Stage, guild: str, says: str):
    """Also not to moderators: it was refused, and may be private."""
    draft_id = await stage.refused_draft("mina", HOME)
    for action in FORGED_DRAFT_BUTTONS:
        assert await stage.press_forged("ada", guild, action, draft_id) == says
    for action in FORGED_DRAFT_FORMS:
        assert await stage.send_forged("ada", guild, action, draft_id) == says


@pytest.mark.parametrize("action", list(matrix.FORMS))
async def test_who_is_blocked_while_a_form_is_open_may_not_send_it(stage: Stage, action: str):
    sent = await stage.send_once_blocked("guest2", action)
    assert sent == "You can't draw here."


@pytest.mark.parametrize("member", ["mina", "ada"])
async def test_an_unknown_id_does_nothing_to_the_message_it_is_on(stage: Stage, member: str):
    """Whoever presses, also a moderator: nobody knows whose the message is."""
    names = [name for name in FORGED_BUTTONS if name not in OF_REPORTS or member == "ada"]
    ids = [*((name, "zzzzzzzz") for name in names), *FOREIGN_IDS]
    found = {one: await stage.press_forged(member, HOME, *one) for one in ids}
    assert found == dict.fromkeys(ids, GONE)


@pytest.mark.parametrize("kind", ["picture", "film", "walk", "blend", "lost", "waiting"])
async def test_no_button_reaches_a_job_from_another_message(stage: Stage, kind: str):
    """A moderator of the job's own guild, on a message that is not its card."""
    job_id = stage.job_of(HOME, kind)
    names = [name for name in FORGED_BUTTONS if name not in OF_REPORTS]
    found = {name: await stage.press_forged("ada", HOME, name, job_id) for name in names}
    assert found == dict.fromkeys(names, GONE)


@pytest.mark.parametrize("action", [name for name in FORGED_FORMS if name != "camera_set"])
async def test_no_form_reaches_a_job_from_another_message(stage: Stage, action: str):
    kinds = {"morph_edited": "walk", "blend_edited": "blend"}
    job_id = stage.job_of(HOME, kinds.get(action, "picture"))
    assert await stage.send_forged("ada", HOME, action, job_id) == GONE


async def test_a_draft_is_of_the_channel_where_it_was_typed(stage: Stage):
    draft_id = await stage.refused_draft("mina", HOME)
    for action in ("redo", "without", "confirm", "cheaper"):
        pressed = await stage.press_forged("mina", HOME, action, draft_id, channel="gallery")
        assert pressed == "That is not kept any more."


async def test_pages_and_switches_change_no_message_that_all_see(stage: Stage):
    for action, subject in (("credits_page", "9" * 38), ("mention", "on"), ("desk_audit", "1")):
        said = await stage.press_forged("ada", HOME, action, subject)
        assert not said.startswith("done:")
