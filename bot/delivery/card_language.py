"""Cards of jobs are in the language that each job was accepted with."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from commands.languages import speaking

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.jobs.jobs import Job

Method = TypeVar("Method", bound="Callable[..., Any]")


def in_language_of_job(method: Method) -> Method:
    """The method, with everything that it says in the language of the job that it is given."""

    @wraps(method)
    async def speaking_method(self: Any, job: Job, *args: Any, **kwargs: Any) -> Any:
        with speaking(job.locale):
            return await method(self, job, *args, **kwargs)

    return cast("Method", speaking_method)
