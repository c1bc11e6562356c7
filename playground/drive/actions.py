"""What a member can do in the playground, without the HTTP around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.drive.forms import modal_data, selected
from playground.drive.options import DriveError, Resolver, command_data
from playground.rest.bodies import Body, UploadedFile
from playground.rules.messages import MAX_ATTACHMENTS, MAX_CONTENT
from playground.wire import Refusal
from playground.world import payloads
from playground.world.components import LINK, PREMIUM, SELECTS, Kind, find
from playground.world.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    NO_RESPONSE,
    Interaction,
    Interactions,
)
from playground.world.message_service import Origin
from playground.world.messages import DEFAULT, REPLY
from playground.world.permissions import ALL, Permission
from playground.world.uploads import size_text
from playground.world.world import DIRECT, in_guild

if TYPE_CHECKING:
    from playground.cdn import Cdn
    from playground.drive.bodies import Enclosed, Posted
    from playground.wire import Json
    from playground.world.message_service import MessageService
    from playground.world.messages import Message
    from playground.world.registry import Registry
    from playground.world.uploads import Uploads
    from playground.world.world import Channel, User, World

NOT_CONNECTED = "The application did not respond: no bot is connected."
SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3


class Actions:
    """The members' side of every interaction; whatever is refused is a DriveError."""

    def __init__(
        self,
        world: World,
        cdn: Cdn,
        registry: Registry,
        posting: MessageService,
        interactions: Interactions,
        uploads: Uploads,
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._registry = registry
        self._posting = posting
        self._interactions = interactions
        self._uploads = uploads

    def member(self, key: str) -> User:
        """A person by id or by name."""
        wanted = key.casefold()
        for user in self._world.users.values():
            if not user.bot and wanted in (user.id, user.username):
                return user
        raise DriveError(f"There is no member {key}.", 404)

    def channel(self, key: str, user: User) -> Channel:
        """A channel that a member can see, by id or by name.

        "Atelier 2/studio" names a room of another guild, "@me" the direct messages.
        """
        channel = self._world.channels.get(key) or self._named(key, user)
        seen = 0 if channel is None else self._world.permissions_of(user, channel)
        if channel is None or not seen & Permission.VIEW_CHANNEL:
            raise DriveError(f"There is no channel {key}.", 404)
        return channel

    def _named(self, key: str, user: User) -> Channel | None:
        if key == "@me":
            return self._world.direct_channel(user)
        guild_name, _, name = key.removeprefix("#").casefold().rpartition("/")
        for guild in self._world.guilds.values():
            if guild_name in ("", guild.name.casefold()):
                return next((room for room in guild.channels.values() if room.name == name), None)
        return None

    def message(self, key: str, channel: Channel, user: User) -> Message:
        """A message that a member can see."""
        message = channel.messages.get(key, user.id)
        if message is None:
            raise DriveError("That message is not there, or not visible to this member.", 404)
        return message

    def check_size(self, count: int, channel: Channel | None) -> None:
        """Refuse a file of so many bytes where it is too large for the place."""
        most = self._uploads.file_bytes(channel)
        if count > most:
            raise DriveError(f"That file is larger than {size_text(most)}.", 413)

    def post(self, user: User, channel: Channel, posted: Posted) -> Message:
        """Write a message; its files were uploaded before, and belong to it from then on."""
        self._check_post(user, channel, posted)
        files = {n: self._enclosed(file, channel) for n, file in enumerate(posted.files)}
        notes = [{"id": n, "description": file.description} for n, file in enumerate(posted.files)]
        origin = Origin(DEFAULT)
        if posted.reply_to is not None:
            target = self.message(posted.reply_to, channel, user)
            pointer: Json = {"type": 0, "channel_id": channel.id, "message_id": target.id}
            origin = Origin(REPLY, pointer, replied_to=target.author_id)
        body = Body({"content": posted.content, "attachments": notes}, files)
        try:
            message = self._posting.create(channel, user, body, origin)
        except Refusal as refusal:
            raise DriveError(f"Discord would refuse that message: {refusal.message}.") from None
        uploads = [self._cdn.get(file.upload) for file in posted.files]
        self._cdn.forget(upload for upload in uploads if upload is not None)
        return message

    def _check_post(self, user: User, channel: Channel, posted: Posted) -> None:
        granted = self._world.permissions_of(user, channel)
        if not granted & Permission.SEND_MESSAGES:
            raise DriveError("This member may not write here.", 409)
        if posted.files and not granted & Permission.ATTACH_FILES:
            raise DriveError("This member may not attach files here.", 409)
        if not posted.content.strip() and not posted.files:
            raise DriveError("A message needs words or a file.")
        if len(posted.content) > MAX_CONTENT:
            raise DriveError(f"A message has at most {MAX_CONTENT} characters.")
        if len(posted.files) > MAX_ATTACHMENTS:
            raise DriveError(f"A message takes at most {MAX_ATTACHMENTS} files.")

    def _enclosed(self, file: Enclosed, channel: Channel) -> UploadedFile:
        stored = self._cdn.get(file.upload)
        if stored is None:
            raise DriveError(f"There is no upload {file.upload}.", 404)
        self.check_size(len(stored.data), channel)
        return UploadedFile(stored.filename, stored.content_type, stored.data)

    async def invoke(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Json,
        locale: str | None = None,
    ) -> Interaction:
        """Use a slash command, and wait for the bot's first response."""
        found, path = self._command(user, channel, command)
        resolver = Resolver(self._world, self._cdn, channel)
        data = command_data(found, path, options, resolver)
        return await self._run(COMMAND, user, channel, data, locale=locale)

    async def menu(
        self, user: User, channel: Channel, name: str, message: str | None, target: str | None
    ) -> Interaction:
        """Use a context-menu command on a message or on a member."""
        kind = USER_MENU if message is None else MESSAGE_MENU
        command = self._usable(user, channel, kind, name)
        resolver = Resolver(self._world, self._cdn, channel)
        if message is not None:
            found = self.message(message, channel, user)
            shown = payloads.message(self._world, self._cdn, found)
            resolver.data["messages"] = {found.id: shown}
            target = found.id
        elif target is None or not resolver.user(target):
            raise DriveError("There is no such member.", 404)
        data: Json = {"id": command["id"], "name": command["name"], "type": kind}
        data |= {"target_id": target, "resolved": resolver.data}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return await self._run(COMMAND, user, channel, data)

    async def autocomplete(
        self, user: User, channel: Channel, command: str, options: Json, focused: str
    ) -> list[Json]:
        """The choices that the bot offers for a half-typed option."""
        found, path = self._command(user, channel, command)
        resolver = Resolver(self._world, self._cdn, channel)
        data = command_data(found, path, options, resolver, focused)
        option = _option_named(found, path, focused)
        if not option.get("autocomplete"):
            raise DriveError(f"The option {focused} has no autocomplete.")
        interaction = await self._run(AUTOCOMPLETE, user, channel, data)
        if interaction.choices is None:
            raise DriveError(interaction.error or NO_RESPONSE, 409)
        return interaction.choices

    async def click(
        self, user: User, channel: Channel, message: str, custom_id: str
    ) -> Interaction:
        """Press a button."""
        source = self.message(message, channel, user)
        component = self._component(source, custom_id)
        if component["type"] != Kind.BUTTON:
            raise DriveError("That component is not a button.")
        if component["style"] in (LINK, PREMIUM):
            raise DriveError("That button sends no interaction.")
        data: Json = {
            "custom_id": custom_id,
            "component_type": component["type"],
            "id": component["id"],
        }
        return await self._run(COMPONENT, user, channel, data, source=source)

    async def select(
        self, user: User, channel: Channel, message: str, custom_id: str, values: Any
    ) -> Interaction:
        """Choose values in a select."""
        source = self.message(message, channel, user)
        component = self._component(source, custom_id)
        if component["type"] not in SELECTS:
            raise DriveError("That component is not a select.")
        resolver = Resolver(self._world, self._cdn, channel)
        data: Json = {
            "custom_id": custom_id,
            "component_type": component["type"],
            "id": component["id"],
            "values": selected(component, values, resolver),
        }
        if resolver.data:
            data["resolved"] = resolver.data
        return await self._run(COMPONENT, user, channel, data, source=source)

    async def submit(self, user: User, interaction_id: str, values: Json) -> Interaction:
        """Send off the modal that an interaction opened."""
        opener = self.interaction(interaction_id)
        if opener.modal is None or opener.user is not user:
            raise DriveError("That interaction opened no form for this member.", 404)
        if not opener.modal_is_open:
            raise DriveError("That form was already sent off.", 409)
        channel = opener.channel
        resolver = Resolver(self._world, self._cdn, channel)
        data = modal_data(opener.modal, values, resolver)
        return await self._run(
            MODAL_SUBMIT, user, channel, data, source=opener.source, opener=opener
        )

    def delete(self, user: User, channel: Channel, message: str) -> None:
        """Delete a message: one's own, an ephemeral one, or any as a moderator."""
        found = self.message(message, channel, user)
        granted = self._world.permissions_of(user, channel)
        own = found.author_id == user.id or found.visible_to == user.id
        if not own and not granted & Permission.MANAGE_MESSAGES:
            raise DriveError("Only the author or a moderator may delete that message.", 409)
        self._posting.delete(found, channel)

    def interaction(self, interaction_id: str) -> Interaction:
        """An interaction by its id."""
        found = self._interactions.find(interaction_id)
        if found is None:
            raise DriveError("There is no such interaction.", 404)
        return found

    def replay(self, interaction_id: str) -> None:
        """Deliver the same INTERACTION_CREATE once more."""
        if not self._interactions.deliver(self.interaction(interaction_id)):
            raise DriveError(NOT_CONNECTED, 409)

    async def _run(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        opener: Interaction | None = None,
        locale: str | None = None,
    ) -> Interaction:
        interaction = self._interactions.create(
            kind, user, channel, data, source=source, opener=opener, locale=locale
        )
        if self._interactions.deliver(interaction):
            await self._interactions.settle(interaction)
        else:
            self._interactions.fail(interaction, NOT_CONNECTED)
        return interaction

    def _component(self, source: Message, custom_id: str) -> Json:
        component = find(source.components, custom_id)
        if component is None:
            raise DriveError("That component is not on the message.", 404)
        if component.get("disabled"):
            raise DriveError("That component is disabled.", 409)
        return component

    def _command(self, user: User, channel: Channel, text: str) -> tuple[Json, list[str]]:
        name, *path = text.removeprefix("/").split()
        return self._usable(user, channel, SLASH, name), path

    def _usable(self, user: User, channel: Channel, kind: int, name: str) -> Json:
        command = self._registry.find(channel.guild_id, kind, name)
        if command is None:
            raise DriveError(f"There is no command {name}.", 404)
        contexts = command.get("contexts")
        context = 1 if channel.type == DIRECT else 0
        if contexts is not None and context not in contexts:
            raise DriveError(f"{name} cannot be used here.")
        if command["nsfw"] and not channel.nsfw:
            raise DriveError(f"{name} can only be used in an age-restricted channel.")
        granted = self._world.permissions_of(user, channel)
        if not granted & Permission.USE_APPLICATION_COMMANDS:
            raise DriveError("This member may not use commands here.", 409)
        if not self._is_permitted(user, channel, command):
            raise DriveError(f"This member may not use {name}.", 409)
        return command

    def _is_permitted(self, user: User, channel: Channel, command: Json) -> bool:
        needed = command["default_member_permissions"]
        guild = self._world.guild_of(channel)
        if needed is None or guild is None:
            return True
        granted = in_guild(guild, guild.members[user.id])
        if granted == ALL:
            return True
        # "0" means: nobody but administrators.
        return int(needed) != 0 and granted & int(needed) == int(needed)


def _option_named(command: Json, path: list[str], name: str) -> Json:
    options = cast("list[Json]", command.get("options") or [])
    for step in path:
        options = next(option["options"] for option in options if option["name"] == step)
    return next(option for option in options if option["name"] == name)
