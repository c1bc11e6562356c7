"""How the results look: the ones that look like another picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.errors import BadPicture, Reason
from media.origins.fingerprint import NONE, fingerprint
from storage.jobs import fingerprints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from media.pool import MediaPool
    from storage.database import Database
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.fingerprints import Alike

FEW = 12
"""As many new results are looked at before others are looked for among them."""

IMAGES = "image/"


class Fingerprints:
    """Looks at results after they were delivered, so that no delivery waits for it."""

    def __init__(self, database: Database, artifacts: Artifacts, pool: MediaPool) -> None:
        self._database = database
        self._artifacts = artifacts
        self._pool = pool

    async def look(self, limit: int) -> int:
        """Look at the newest results that nobody has looked at; how many there were."""
        unseen = await self._database.read(fingerprints.find_unseen, limit)
        for artifact in unseen:
            try:
                seen = await self._fingerprint(artifact)
            except BadPicture as error:
                if error.reason is Reason.BUSY:
                    return 0
                seen = NONE
            await self._database.write(fingerprints.note_seen, artifact, seen)
        return len(unseen)

    async def find_alike(self, guild_id: int, seen: int, size: tuple[int, int]) -> Sequence[Alike]:
        """The results of a guild that look like a picture, the most alike first."""
        if seen == NONE:
            return []
        await self.look(FEW)
        return await self._database.read(fingerprints.find_alike, guild_id, seen, size)

    async def _fingerprint(self, artifact: Artifact) -> int:
        """How a kept result looks; NONE of a film, and of what was erased or withheld.

        Raises:
            BadPicture
        """
        if artifact.is_filtered or not artifact.mime.startswith(IMAGES):
            return NONE
        try:
            data = await self._artifacts.read(artifact)
        except FileNotFoundError:
            return NONE
        return await self._pool.run(fingerprint, data)
