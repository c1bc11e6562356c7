"""Where films are made, by which engine, with which key and at what pace."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.embedded import EmbeddedServer
from bot.settings import SettingsError
from bot.wiring.host_plans import account_of
from bot.wiring.hosts import open_hosts
from bot.wiring.video_service import open_video_service, video_engines, video_server_of
from generation.catalogue.catalogue import Catalogue, Engine, load
from generation.hosts.hosts import Hosts
from generation.pricing import is_priced
from generation.video.client import VideoRequest
from media.pool import MediaPool
from media.video import probe
from storage.database import Database, sqlite_url
from tests.bot.wiring.settings import settings_of
from tests.inference.video.videos import scenery_png

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings
    from bot.wiring.video_service import VideoService
    from generation.video.client import Video, VideoClient

KNOWN = load()
PRICED = [engine for engine in KNOWN.of_kind("video") if is_priced(engine)]
LISTED = ("atelier-painter", "atelier-painter-film")
OWN = {"STABILITY_HOST": "gpu.example:443", "STABILITY_KEY": "image-key"}
HOSTED = {"STABILITY_KEY": "image-key"}
OWN_SERVER = {
    "ATELIER_INFERENCE_HOST": "gpu.example:50051",
    "ATELIER_INFERENCE_TOKEN": "token",
    "ATELIER_INFERENCE_REST": "http://gpu.example:50080/",
}
THEIRS = "https://api.stability.ai"


@pytest.mark.parametrize(
    ("given", "start_url"),
    [
        # Stability ended its service.
        (HOSTED, None),
        ({"STABILITY_HOST": "grpc.stability.ai:443", "STABILITY_KEY": "image-key"}, None),
        ({**HOSTED, **OWN_SERVER}, "http://gpu.example:50080/v2beta/image-to-video"),
        ({**OWN_SERVER, "ATELIER_INFERENCE_REST": "gpu.example"}, None),
        (
            {**HOSTED, "STABILITY_REST": THEIRS, "STABILITY_REST_VERSION": "v2alpha"},
            f"{THEIRS}/v2alpha/generation/image-to-video",
        ),
        (
            {**OWN, "STABILITY_REST": "https://gpu.example:8443/films/"},
            "https://gpu.example:8443/films/v2beta/image-to-video",
        ),
        ({"STABILITY_REST": THEIRS}, f"{THEIRS}/v2beta/image-to-video"),
        (OWN, None),
        ({}, None),
        ({**HOSTED, "STABILITY_REST": "none"}, None),
        ({**OWN, "STABILITY_REST": "gpu.example"}, None),
        ({**OWN, "STABILITY_REST": THEIRS, "STABILITY_REST_KEY": "s\nk"}, None),
        (
            {**OWN, "STABILITY_KEY": "secré", "STABILITY_REST": "https://gpu.example"},
            None,
        ),
    ],
)
def test_where_videos_are_made(given: dict[str, str], start_url: str | None):
    place = video_server_of(settings_of(**given), None)
    assert (place and place.endpoint.start_url) == start_url


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({**HOSTED, **OWN_SERVER}, "token"),
        ({**HOSTED, "STABILITY_REST": "https://eu.api.stability.ai"}, "image-key"),
        ({**HOSTED, "STABILITY_REST": THEIRS, "STABILITY_REST_KEY": "film-key"}, "film-key"),
        ({**HOSTED, "STABILITY_REST": "http://localhost:50080"}, ""),
        ({**HOSTED, "STABILITY_REST": "https://films.example"}, ""),
        ({**HOSTED, "STABILITY_REST": "https://notstability.ai"}, ""),
        ({**HOSTED, "STABILITY_REST": "https://api.stability.ai.example"}, ""),
        ({**OWN, "STABILITY_REST": "https://GPU.example:8443"}, "image-key"),
        ({**OWN, "STABILITY_REST": "http://127.0.0.1:50080"}, ""),
        ({**OWN, "STABILITY_HOST": "[::1]:1", "STABILITY_REST": "http://localhost:2"}, "image-key"),
        ({**OWN, "STABILITY_REST": "https://other.example"}, ""),
        ({**OWN, "STABILITY_REST": "https://a.gpu.example"}, ""),
        ({**OWN, "STABILITY_REST": THEIRS}, ""),
        ({**OWN, "STABILITY_REST": THEIRS, "STABILITY_REST_KEY": "film-key"}, "film-key"),
    ],
)
def test_the_key_goes_to_no_foreign_host(given: dict[str, str], key: str):
    place = video_server_of(settings_of(**given), None)
    assert place is not None
    assert place.endpoint.key == key


HOSTED_VIDEOS, PAINTED_VIDEOS = "stable-video-diffusion", "atelier-painter-film"


@pytest.mark.parametrize(
    ("given", "engine_id"),
    [
        # What our own server lists is not what is made, and charged, elsewhere.
        ({**OWN, "STABILITY_REST": THEIRS}, HOSTED_VIDEOS),
        ({**OWN, "STABILITY_REST": "https://other.example"}, HOSTED_VIDEOS),
        ({"STABILITY_REST": "https://other.example"}, HOSTED_VIDEOS),
        ({**OWN, "STABILITY_REST": "https://gpu.example:8443"}, PAINTED_VIDEOS),
        ({**HOSTED, **OWN_SERVER}, PAINTED_VIDEOS),
        (
            {"STABILITY_HOST": "localhost:50051", "STABILITY_REST": "http://127.0.0.1:50080"},
            PAINTED_VIDEOS,
        ),
    ],
)
def test_which_engine_makes_them(given: dict[str, str], engine_id: str):
    place = video_server_of(settings_of(**given), None)
    assert place is not None
    engines = video_engines(place, PRICED, LISTED if place.lister else ())
    assert [engine.id for engine in engines] == [engine_id]


async def test_what_has_no_price_is_not_offered(house: House):
    free = Catalogue([Engine("films", kind="video"), Engine("pictures", price="sd1")])
    settings = settings_of(**HOSTED, STABILITY_REST=THEIRS)
    assert await house.videos(settings, hosts=Hosts([], free)) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STABILITY_REST_VERSION", "v2secret"),
        ("ATELIER_RATE_LIMIT", "secret"),
    ],
)
def test_a_wrong_value_is_named_but_not_shown(name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        settings_of(**{name: value})
    assert name in str(refused.value)
    assert "secret" not in str(refused.value)
    assert str(refused.value).count("\n") == 0


def test_strangers_spend_nothing_of_a_key_for_hosted_videos():
    assert settings_of(**OWN, STABILITY_REST=THEIRS).default_ceiling_mc == 0
    assert settings_of(**OWN, STABILITY_REST="https://gpu.example").default_ceiling_mc is None


class House:
    """What a bot has opened when it looks for a place for films."""

    def __init__(self, database: Database, stack: AsyncExitStack) -> None:
        self.database = database
        self.stack = stack
        self.pool = MediaPool()

    async def videos(
        self, settings: Settings, server: EmbeddedServer | None = None, hosts: Hosts | None = None
    ) -> VideoService | None:
        hosts = hosts or Hosts([], KNOWN)
        return await open_video_service(
            settings, server, hosts, self.stack, self.pool, self.database
        )

    async def hosts(self, settings: Settings, server: EmbeddedServer | None = None) -> Hosts:
        """The hosts of the settings, asked once."""
        hosts = await open_hosts(settings, server, self.stack, self.database)
        await hosts.check(5.0)
        return hosts


@pytest.fixture
async def house(tmp_path: Path):
    database = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        house = House(database, stack)
        await stack.enter_async_context(house.pool)
        yield house


@pytest.mark.parametrize(
    ("given", "per_s"),
    [
        ({**HOSTED, "STABILITY_REST": "https://films.example"}, 15),
        ({**OWN, "STABILITY_REST": "https://gpu.example", "ATELIER_RATE_LIMIT": "50"}, 5),
        ({**HOSTED, "STABILITY_REST": THEIRS, "ATELIER_RATE_LIMIT": "none"}, None),
        ({**OWN_SERVER, "ATELIER_RATE_LIMIT": "50"}, None),
    ],
)
async def test_a_place_that_costs_money_has_a_pace(
    house: House, given: dict[str, str], per_s: float | None
):
    videos = await house.videos(settings_of(**given))
    assert videos is not None
    assert (videos.pace is None) is (per_s is None)
    assert videos.requests_per_s == per_s


def test_pictures_and_videos_of_one_account_share_its_pace():
    api, grpc = "api.stability.ai", "grpc.stability.ai"
    account = account_of(api, f"https://{api}", "key")
    assert account == account_of(grpc, f"{grpc}:443", "key")
    assert account != account_of(grpc, f"{grpc}:443", "another key")
    assert account_of("gpu", "gpu:1", "key") != account_of("gpu", "gpu:2", "key")


async def test_without_a_place_or_an_engine_there_are_no_videos(house: House):
    assert await house.videos(settings_of(**OWN)) is None
    only_pictures = Hosts([], KNOWN.of_kind("image"))
    assert await house.videos(settings_of(**OWN_SERVER), hosts=only_pictures) is None


async def test_what_an_own_server_makes_is_known_once_it_answers(house: House):
    own = {**OWN_SERVER, "ATELIER_INFERENCE_HOST": "127.0.0.1:1"}
    settings = settings_of(**own)
    hosts = await house.hosts(settings)
    videos = await house.videos(settings, hosts=hosts)
    assert videos is not None
    assert videos.engine is None
    assert videos.poll_spacing_s == 1
    # Our own server knows a start again.
    assert videos.client.repeats_are_safe


async def test_the_embedded_server_makes_a_video(house: House, tmp_path: Path):
    async with EmbeddedServer(None, tmp_path, dict(os.environ)) as server:
        await server.wait_until_ready()
        settings = settings_of()
        hosts = await house.hosts(settings, server)
        videos = await house.videos(settings, server, hosts)
        assert videos is not None
        assert videos.engine is not None
        assert videos.engine.id == PAINTED_VIDEOS
        assert not hosts.is_metered(PAINTED_VIDEOS)
        assert videos.client.repeats_are_safe
        request = VideoRequest(scenery_png(), seed=7)
        video_id = await videos.client.start(request, "job 1")
        assert await videos.client.start(request, "job 1") == video_id
        video = await until_finished(videos.client, video_id, tmp_path / "film.mp4")
        assert video.has_last_frame
        frame = await videos.client.last_frame(video_id)
        assert videos.client.repeats_are_safe
    assert frame is not None
    assert probe(video.path).frames == 25


async def until_finished(client: VideoClient, video_id: str, into: Path) -> Video:
    while True:
        video = await client.fetch(video_id, into)
        if video is not None:
            return video


async def test_an_embedded_server_without_such_an_engine_makes_none(house: House):
    server = EmbeddedServer(None, None, {})
    server.http_port = 1
    place = video_server_of(settings_of(), server)
    assert place is not None
    assert not video_engines(place, PRICED, LISTED[:1])
    assert await house.videos(settings_of(STABILITY_REST="none"), server) is None
