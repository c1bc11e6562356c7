"""REST: who the bot is, where the gateway is, and the application's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.wire import Json, Refusal, answer, invalid, nothing
from playground.world import payloads
from playground.world.registry import Registry, without_localizations
from playground.world.world import LOCALE, OWNER_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from playground.rest.routes import Call, Rest
    from playground.world.world import World

_COMMANDS = "/applications/{application_id}/commands"
_GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"


class Applications:
    """The routes about the application itself."""

    def __init__(self, world: World, registry: Registry, gateway_url: Callable[[], str]) -> None:
        self._world = world
        self._registry = registry
        self._gateway_url = gateway_url

    def register(self, rest: Rest) -> None:
        """Add the routes."""
        rest.add("GET", "/users/@me", self._me)
        rest.add("GET", "/applications/@me", self._application)
        rest.add("GET", "/oauth2/applications/@me", self._application)
        rest.add("GET", "/gateway", self._gateway, needs_token=False)
        rest.add("GET", "/gateway/bot", self._gateway_bot)
        for base in (_COMMANDS, _GUILD_COMMANDS):
            rest.add("GET", base, self._list)
            rest.add("PUT", base, self._replace_all)
            rest.add("POST", base, self._create)
            rest.add("GET", base + "/{command_id}", self._get)
            rest.add("PATCH", base + "/{command_id}", self._patch)
            rest.add("DELETE", base + "/{command_id}", self._delete)

    def _me(self, call: Call) -> web.Response:
        extra = {"mfa_enabled": False, "locale": LOCALE, "verified": True, "email": None}
        return answer(payloads.user(self._world.bot) | extra)

    def _application(self, call: Call) -> web.Response:
        world = self._world
        return answer(
            {
                "id": world.bot.id,
                "name": world.bot.name,
                "icon": None,
                "description": "An art studio",
                "type": None,
                "bot": payloads.user(world.bot),
                "verify_key": "0" * 64,
                "flags": 0,
                "flags_new": "0",
                "redirect_uris": [],
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "owner": payloads.user(world.users[OWNER_ID]),
                "approximate_guild_count": len(world.guilds),
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "explicit_content_filter": 0,
                "team": None,
                "eligible_oauth2_scopes": ["bot", "applications.commands"],
                "bot_public": True,
                "bot_require_code_grant": False,
                "integration_types_config": {"0": {}},
            }
        )

    def _gateway(self, call: Call) -> web.Response:
        return answer({"url": self._gateway_url()})

    def _gateway_bot(self, call: Call) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
        return answer({"url": self._gateway_url(), "shards": 1, "session_start_limit": limit})

    def _scope(self, call: Call) -> str | None:
        if call.params["application_id"] != self._world.bot.id:
            raise Refusal(404, 10002, "Unknown Application")
        guild_id = call.params.get("guild_id")
        return None if guild_id is None else self._world.find_guild(guild_id).id

    def _list(self, call: Call) -> web.Response:
        commands = self._registry.all(self._scope(call))
        if call.query.get("with_localizations", "").lower() not in ("true", "1"):
            commands = [without_localizations(command) for command in commands]
        return answer(commands)

    def _replace_all(self, call: Call) -> web.Response:
        sent: Any = call.body.data
        if not isinstance(sent, list):
            raise invalid((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return answer(self._registry.replace_all(self._scope(call), cast("list[Json]", sent)))

    def _create(self, call: Call) -> web.Response:
        command, is_new = self._registry.upsert(self._scope(call), call.json())
        return answer(command, 201 if is_new else 200)

    def _get(self, call: Call) -> web.Response:
        return answer(self._registry.get(self._scope(call), call.params["command_id"]))

    def _patch(self, call: Call) -> web.Response:
        command_id = call.params["command_id"]
        return answer(self._registry.patch(self._scope(call), command_id, call.json()))

    def _delete(self, call: Call) -> web.Response:
        self._registry.delete(self._scope(call), call.params["command_id"])
        return nothing()
