"""EnginesService: which engines there are."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from generation.adapters import tell_adapters
from generation.headers import ADAPTERS, CONTROLS, FILMS
from generation.wire import engines_pb2 as pb
from generation.wire.engines_pb2_grpc import EnginesServiceServicer
from inference.video.engines import film_facts

if TYPE_CHECKING:
    import grpc.aio

    from inference.registry import EngineRegistry

OWNER = "atelier"


class CatalogueService(EnginesServiceServicer):
    """Lists the registered engines that can be asked; aliases are not engines and not listed."""

    def __init__(self, registry: EngineRegistry) -> None:
        self._registry = registry

    async def ListEngines(
        self,
        request: pb.ListEnginesRequest,
        context: grpc.aio.ServicerContext[pb.ListEnginesRequest, pb.Engines],
    ) -> pb.Engines:
        """The engines with their names and descriptions, and the adapters that are there now."""
        await asyncio.to_thread(self._registry.refresh_adapters)
        controls = {
            served.engine.id: served.engine.controls
            for served in self._registry
            if served.engine.controls
        }
        films = {served.engine.id: film_facts(served.engine) for served in self._registry.filming}
        adapters = tell_adapters(served.engine for served in self._registry)
        told = [(key, json.dumps(facts)) for key, facts in ((CONTROLS, controls), (FILMS, films))]
        told.append((ADAPTERS, adapters))
        await context.send_initial_metadata([(key, text) for key, text in told if text != "{}"])
        return pb.Engines(
            engine=[
                pb.EngineInfo(
                    id=served.engine.id,
                    owner=OWNER,
                    ready=True,
                    type=pb.VIDEO if served.makes_videos else pb.PICTURE,
                    name=served.engine.name or served.engine.id,
                    description=served.engine.description,
                )
                for served in self._registry
                if not served.estimates_depth
            ]
        )
