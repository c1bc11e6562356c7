"""Who may use the page and the drive API."""

from __future__ import annotations

import aiohttp
import pytest

from playground.driver import Driver
from playground.server import Playground

STATE = "drive/state?member=mina"


async def status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status


async def test_other_sites_and_other_names_are_kept_out(playground: Playground) -> None:
    url = playground.url + STATE
    assert await status(url) == 200
    assert await status(url, Origin=playground.url.rstrip("/")) == 200
    assert await status(url, Origin="https://evil.example") == 403
    assert await status(url, Host="evil.example") == 403
    assert await status(url, Host="localhost") == 200
    assert await status(playground.url, Host="evil.example") == 403
    assert await status(playground.api_base + "/gateway", Host="evil.example") == 200


async def test_files_are_found_under_the_name_that_the_page_uses(
    playground: Playground, driver: Driver
) -> None:
    port = playground.url.rstrip("/").rsplit(":", 1)[1]
    await driver.upload("a.txt", b"x", "text/plain")
    async with aiohttp.ClientSession() as session:
        url = f"{playground.url}drive/upload?filename=a.txt"
        headers = {"Host": f"localhost:{port}"}
        async with session.post(url, data=b"x", headers=headers) as response:
            shown = (await response.json())["url"]
    assert shown.startswith(f"http://localhost:{port}/ephemeral-attachments/")


async def test_page_token() -> None:
    async with Playground(page_token="open sesame") as playground:
        assert await status(playground.url + STATE) == 403
        assert await status(playground.url + STATE, Authorization="Bearer wrong") == 403
        assert await status(playground.url + STATE + "&token=open+sesame") == 200
        async with Driver(playground.url, token="open sesame") as driver:
            assert (await driver.state())["guild"]["name"] == "Atelier"
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            async with session.get(playground.url + "?token=open+sesame") as page:
                assert page.status == 200
            async with session.get(playground.url + STATE) as after:
                assert after.status == 200


@pytest.mark.parametrize("path", ["/web/../server.py", "/web/%2e%2e/server.py", "/web/none.js"])
async def test_only_the_page_is_served(playground: Playground, path: str) -> None:
    assert await status(playground.url.rstrip("/") + path) in (403, 404)
