"""Failures as JSON: how a step tells the next one, over a restart, what went wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from generation import errors as generation_errors
from jobs import errors as job_errors
from sentences import Sentence

MAX_TEXT = 500
"""What is kept of an engine's own words, in characters."""


def describe(error: Exception) -> dict[str, Any]:
    """The facts of an error of ours; anything else becomes an interruption."""
    if not isinstance(error, generation_errors.GenerationError | job_errors.JobError):
        return {"error": job_errors.Interrupted.__name__}
    facts: dict[str, Any] = {"error": type(error).__name__}
    for name, value in vars(error).items():
        if isinstance(value, timedelta):
            facts[name] = value.total_seconds()
        elif isinstance(value, Sentence) and len(value) <= MAX_TEXT:
            facts[name] = value.to_json()
        elif isinstance(value, str):
            facts[name] = value[:MAX_TEXT]
        else:
            facts[name] = value
    return facts


def restore(facts: dict[str, Any]) -> Exception:
    """The error that `describe` was given."""
    name = facts["error"]
    error_type = getattr(generation_errors, name, None) or getattr(job_errors, name, None)
    if error_type is None:
        return job_errors.Interrupted()
    values: dict[str, Any] = {
        key: Sentence.from_json(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for key, value in facts.items()
        if key != "error"
    }
    if values.get("retry_after") is not None:
        values["retry_after"] = timedelta(seconds=values["retry_after"])
    return error_type(**values)
