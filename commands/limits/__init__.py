"""/limits: the rules of a guild, for those who manage it."""

from commands.limits.command import build

__all__ = ["build"]
