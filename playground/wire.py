"""What travels between the bot and the playground: JSON, and refusals in Discord's form."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from aiohttp import web

Json: TypeAlias = dict[str, Any]


class Refusal(Exception):
    """A request that Discord answers with an error body: status, code, message and error tree."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        """The JSON that Discord sends with this refusal."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def unauthorized() -> Refusal:
    return Refusal(401, 0, "401: Unauthorized")


def unknown_route() -> Refusal:
    return Refusal(404, 0, "404: Not Found")


def unknown(what: str, code: int) -> Refusal:
    return Refusal(404, code, f"Unknown {what}")


def unknown_channel() -> Refusal:
    return unknown("Channel", 10003)


def unknown_guild() -> Refusal:
    return unknown("Guild", 10004)


def unknown_member() -> Refusal:
    return unknown("Member", 10007)


def unknown_message() -> Refusal:
    return unknown("Message", 10008)


def unknown_user() -> Refusal:
    return unknown("User", 10013)


def unknown_webhook() -> Refusal:
    return unknown("Webhook", 10015)


def unknown_interaction() -> Refusal:
    return unknown("interaction", 10062)


def unknown_command() -> Refusal:
    return unknown("application command", 10063)


def already_acknowledged() -> Refusal:
    return Refusal(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> Refusal:
    return Refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    return Refusal(403, 50013, "Missing Permissions")


def not_the_author() -> Refusal:
    return Refusal(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refusal:
    return Refusal(400, 50006, "Cannot send an empty message")


def archived_thread() -> Refusal:
    return Refusal(400, 50083, "Thread is archived")


def expired_token() -> Refusal:
    return Refusal(401, 50027, "Invalid Webhook Token")


def too_large() -> Refusal:
    return Refusal(413, 40005, "Request entity too large")


class ErrorTree:
    """Discord's nested `errors` object, gathered one fault at a time."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Record a fault at a path of keys and indexes into the request body."""
        node = self._tree
        for key in path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def __bool__(self) -> bool:
        return bool(self._tree)

    def raise_if_any(self) -> None:
        """Refuse the body with code 50035 when any fault was recorded."""
        if self._tree:
            raise Refusal(400, 50035, "Invalid Form Body", self._tree)


def invalid(path: tuple[str | int, ...], code: str, message: str) -> Refusal:
    """A refusal of one single field with code 50035."""
    tree = ErrorTree()
    tree.add(path, code, message)
    return Refusal(400, 50035, "Invalid Form Body", tree._tree)  # pyright: ignore[reportPrivateUsage]


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def dumps(value: object) -> str:
    """Compact JSON text."""
    return _encode(value)


def answer(value: object, status: int = 200) -> web.Response:
    """A JSON answer with the exact content type that Discord's clients compare against."""
    response = web.Response(body=_encode(value).encode(), status=status)
    response.headers["Content-Type"] = "application/json"
    return response


def nothing() -> web.Response:
    """Discord's 204 answer."""
    return web.Response(status=204)
