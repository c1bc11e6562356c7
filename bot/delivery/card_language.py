"""Cards of jobs are in the language that each job was accepted with."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from commands.languages import speaking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from storage.jobs.jobs import Job

Self = TypeVar("Self")
Options = ParamSpec("Options")
Given = TypeVar("Given")


def in_language_of_job(
    method: Callable[Concatenate[Self, Job, Options], Awaitable[Given]],
) -> Callable[Concatenate[Self, Job, Options], Coroutine[Any, Any, Given]]:
    """The method, with everything that it says in the language of the job that it is given."""

    @wraps(method)
    async def speaking_method(
        self: Self, job: Job, *args: Options.args, **kwargs: Options.kwargs
    ) -> Given:
        with speaking(job.locale):
            return await method(self, job, *args, **kwargs)

    return speaking_method
