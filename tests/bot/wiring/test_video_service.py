"""Where films are made, by which engine, with which key and at what pace."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.background.rate_limiter import AccountRateLimiter, rate_limiter_of
from bot.embedded import EmbeddedServer
from bot.settings import Settings, SettingsError
from bot.wiring.video_service import video_engine, video_server_of, video_service
from generation.catalogue.catalogue import Catalogue, Engine, load
from generation.image.client import Endpoint, EngineInfo, ImageClient
from generation.video.client import VideoRequest
from media.pool import MediaPool
from media.video import probe
from storage.database import Database, sqlite_url
from tests.inference.video.videos import scenery_png

if TYPE_CHECKING:
    from pathlib import Path

    from bot.wiring.video_service import VideoEngine
    from generation.video.client import Video, VideoClient

KNOWN = load()
LISTED = (
    EngineInfo("atelier-painter", "", "", ready=True, kind="image"),
    EngineInfo("atelier-painter-film", "", "", ready=True, kind="video"),
)
OWN = {"STABILITY_HOST": "gpu.example:443", "STABILITY_KEY": "image-key"}
HOSTED = {"STABILITY_KEY": "image-key"}
THEIRS = "https://api.stability.ai"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings_of(**given: str) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        return Settings.read()


@pytest.mark.parametrize(
    ("given", "start_url"),
    [
        (HOSTED, f"{THEIRS}/v2beta/image-to-video"),
        (
            {**HOSTED, "STABILITY_REST_VERSION": "v2alpha"},
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
    ],
)
def test_where_videos_are_made(given: dict[str, str], start_url: str | None):
    place = video_server_of(settings_of(**given), None)
    assert (place and place.endpoint.start_url) == start_url


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (HOSTED, "image-key"),
        ({**HOSTED, "STABILITY_REST": "https://eu.api.stability.ai"}, "image-key"),
        ({**HOSTED, "STABILITY_REST_KEY": "film-key"}, "film-key"),
        ({**HOSTED, "STABILITY_REST": "http://localhost:50080"}, "image-key"),
        ({**HOSTED, "STABILITY_REST": "https://films.example"}, ""),
        ({**HOSTED, "STABILITY_REST": "https://notstability.ai"}, ""),
        ({**HOSTED, "STABILITY_REST": "https://api.stability.ai.example"}, ""),
        ({**OWN, "STABILITY_REST": "https://GPU.example:8443"}, "image-key"),
        ({**OWN, "STABILITY_REST": "http://127.0.0.1:50080"}, "image-key"),
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
        (HOSTED, HOSTED_VIDEOS),
        # What our own server lists is not what is made, and charged, elsewhere.
        ({**OWN, "STABILITY_REST": THEIRS}, HOSTED_VIDEOS),
        ({**OWN, "STABILITY_REST": "https://other.example"}, HOSTED_VIDEOS),
        ({"STABILITY_REST": "https://other.example"}, HOSTED_VIDEOS),
        ({**OWN, "STABILITY_REST": "https://gpu.example:8443"}, PAINTED_VIDEOS),
        (
            {"STABILITY_HOST": "localhost:50051", "STABILITY_REST": "http://127.0.0.1:50080"},
            PAINTED_VIDEOS,
        ),
    ],
)
def test_which_engine_makes_them(given: dict[str, str], engine_id: str):
    settings = settings_of(**given)
    listed = () if settings.is_hosted else LISTED
    place = video_server_of(settings, None)
    assert place is not None
    engine = video_engine(place, KNOWN, listed)
    assert engine is not None
    assert engine.id == engine_id


def test_what_has_no_price_is_not_offered():
    place = video_server_of(settings_of(**HOSTED), None)
    assert place is not None
    free = Catalogue([Engine("films", kind="video"), Engine("pictures", price="sd1")])
    assert video_engine(place, free, LISTED) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STABILITY_REST", "secret"),
        ("STABILITY_REST", "ftp://secret"),
        ("STABILITY_REST", "https://user:secret@host"),
        ("STABILITY_REST", "https://host:secret"),
        ("STABILITY_REST", "https://[secret"),
        ("STABILITY_REST", "https://host/?secret"),
        ("STABILITY_REST_KEY", "secret\nsecret"),
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
        self,
        settings: Settings,
        server: EmbeddedServer | None = None,
        answered: tuple[EngineInfo, ...] = (),
        known: Catalogue = KNOWN,
        image_pace: AccountRateLimiter | None = None,
    ) -> VideoEngine | None:
        return await video_service(
            settings,
            server,
            known=known,
            answered=answered,
            stack=self.stack,
            pool=self.pool,
            database=self.database,
            image_pace=image_pace,
        )


@pytest.fixture
async def house(tmp_path: Path):
    database = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        house = House(database, stack)
        await stack.enter_async_context(house.pool)
        yield house


@pytest.mark.parametrize(
    ("given", "is_shared", "per_s"),
    [
        (HOSTED, True, 15),
        ({**HOSTED, "STABILITY_REST_KEY": "image-key"}, True, 15),
        ({**HOSTED, "STABILITY_REST_KEY": "film-key"}, False, 15),
        ({**HOSTED, "STABILITY_REST": "https://films.example"}, False, 15),
        ({**OWN, "STABILITY_REST": "https://gpu.example", "ATELIER_RATE_LIMIT": "50"}, False, 5),
    ],
)
async def test_pictures_and_videos_of_one_account_share_its_pace(
    house: House, given: dict[str, str], is_shared: bool, per_s: float
):
    settings = settings_of(**given)
    image_pace = rate_limiter_of(settings, house.database)
    videos = await house.videos(settings, image_pace=image_pace)
    assert videos is not None
    assert videos.pace is not None
    assert (videos.pace is image_pace) is is_shared
    assert videos.requests_per_s == per_s
    assert not videos.client.repeats_are_safe


async def test_a_place_without_a_limit_has_no_pace(house: House):
    settings = settings_of(**HOSTED, ATELIER_RATE_LIMIT="none")
    videos = await house.videos(settings, image_pace=rate_limiter_of(settings, house.database))
    assert videos is not None
    assert (videos.pace, videos.requests_per_s) == (None, None)


async def test_without_a_place_or_an_engine_there_are_no_videos(house: House):
    assert await house.videos(settings_of(**OWN), answered=LISTED) is None
    only_pictures = KNOWN.of_kind("image")
    assert await house.videos(settings_of(**HOSTED), known=only_pictures) is None


async def test_the_embedded_server_makes_a_video(house: House, tmp_path: Path):
    async with EmbeddedServer(None, tmp_path, dict(os.environ)) as server:
        await server.wait_until_ready()
        async with ImageClient(Endpoint(server.host, server.token)) as pictures:
            answered = await pictures.engines()
        videos = await house.videos(settings_of(), server, answered)
        assert videos is not None
        assert videos.engine.id == PAINTED_VIDEOS
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
    assert await house.videos(settings_of(), server, LISTED[:1]) is None
    assert await house.videos(settings_of(STABILITY_REST="none"), server, LISTED) is None
