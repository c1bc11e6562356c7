"""REST: guilds, their members and roles, users and direct messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.wire import Refusal, answer, invalid, unknown_member
from playground.world import payloads
from playground.world.world import in_guild

if TYPE_CHECKING:
    from aiohttp import web

    from playground.rest.routes import Call, Rest
    from playground.wire import Json
    from playground.world.world import World


class Guilds:
    """The routes about guilds and users."""

    def __init__(self, world: World) -> None:
        self._world = world

    def register(self, rest: Rest) -> None:
        """Add the routes."""
        rest.add("GET", "/guilds/{guild_id}", self._guild)
        rest.add("GET", "/guilds/{guild_id}/channels", self._channels)
        rest.add("GET", "/guilds/{guild_id}/roles", self._roles)
        rest.add("GET", "/guilds/{guild_id}/members/{user_id}", self._member)
        rest.add("GET", "/users/{user_id}", self._user)
        rest.add("GET", "/users/@me/guilds", self._my_guilds)
        rest.add("POST", "/users/@me/channels", self._open_direct)

    def _guild(self, call: Call) -> web.Response:
        guild = self._world.find_guild(call.params["guild_id"])
        body = payloads.guild(guild)
        if call.query.get("with_counts", "").lower() in ("true", "1"):
            body |= {"approximate_member_count": len(guild.members)}
            body |= {"approximate_presence_count": len(guild.members)}
        return answer(body)

    def _channels(self, call: Call) -> web.Response:
        guild = self._world.find_guild(call.params["guild_id"])
        return answer([payloads.channel(channel) for channel in guild.channels.values()])

    def _roles(self, call: Call) -> web.Response:
        guild = self._world.find_guild(call.params["guild_id"])
        return answer([payloads.role(role) for role in guild.roles.values()])

    def _member(self, call: Call) -> web.Response:
        guild = self._world.find_guild(call.params["guild_id"])
        member = guild.members.get(call.params["user_id"])
        if member is None:
            raise unknown_member()
        return answer(payloads.member(member))

    def _user(self, call: Call) -> web.Response:
        return answer(payloads.user(self._world.find_user(call.params["user_id"])))

    def _my_guilds(self, call: Call) -> web.Response:
        bot = self._world.bot.id
        guilds: list[Json] = [
            {
                "id": guild.id,
                "name": guild.name,
                "icon": None,
                "banner": None,
                "owner": False,
                "permissions": str(in_guild(guild, guild.members[bot])),
                "features": [],
            }
            for guild in self._world.guilds.values()
        ]
        return answer(guilds)

    def _open_direct(self, call: Call) -> web.Response:
        wanted = call.json().get("recipient_id")
        if wanted is None:
            raise invalid(("recipient_id",), "BASE_TYPE_REQUIRED", "This field is required")
        recipient = self._world.find_user(str(wanted))
        if recipient.bot:
            raise Refusal(400, 50007, "Cannot send messages to this user")
        return answer(payloads.channel(self._world.direct_channel(recipient)))
