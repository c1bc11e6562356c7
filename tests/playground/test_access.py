"""Who may use the page and the drive API."""

from __future__ import annotations

import asyncio
import re

import aiohttp
import pytest

from playground.server import Playground
from tests.driver.driver import Driver

STATE = "drive/state?member=mina"


async def status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status


def port_of(playground: Playground) -> str:
    return playground.url.rstrip("/").rsplit(":", 1)[1]


async def every_route(playground: Playground, driver: Driver) -> list[tuple[str, str]]:
    """Method and address of every route, also of one that there is not."""
    stored = await driver.upload("a.png", b"x")
    params = {"channel": "studio", "tail": "nowhere", "filename": "app.js"}
    urls = [("GET", stored["url"].removeprefix(playground.url)), ("GET", "nowhere")]
    for route in playground.application().router.routes():
        resource = route.resource
        assert resource is not None
        path = re.sub(r"\{(\w+)[^}]*\}", lambda m: params.get(m[1], "1"), resource.canonical)
        urls.append((route.method.replace("*", "POST"), path.lstrip("/")))
    assert len(urls) > 50
    return urls


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": "http://localhost:{port}"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "evil.example:{port}"},
    {"Host": "127.0.0.1.evil.example:{port}"},
    {"Host": "localhost@evil.example:{port}"},
    {"Host": "127.0.0.1:1"},
    {"Host": "127.0.0.1"},
    {"Host": "[::1"},
    {"Host": "10.0.0.1:{port}"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_no_route_answers_a_foreign_page(
    playground: Playground, driver: Driver, headers: dict[str, str]
) -> None:
    port = port_of(playground)
    sent = {name: value.format(port=port) for name, value in headers.items()}
    # The bot's own token does not help: a page that knew it would still be a foreign one.
    sent["Authorization"] = f"Bot {playground.token}"
    asked = dict(playground.report.requests)
    async with aiohttp.ClientSession(headers=sent) as session:
        for method, path in await every_route(playground, driver):
            async with session.request(method, playground.url + path, json={}) as response:
                assert response.status == 403, (method, path)
                assert "Access-Control-Allow-Origin" not in response.headers
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(playground.gateway_url)
        assert refused.value.status == 403
    assert playground.report.requests == asked


@pytest.mark.parametrize(
    "head", ["GET / HTTP/1.0", "GET http://evil.example/ HTTP/1.1\r\nHost: {}"]
)
async def test_a_name_is_needed_and_no_second_one_helps(playground: Playground, head: str) -> None:
    port = port_of(playground)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head.format(f'127.0.0.1:{port}')}\r\n\r\n".encode())
    assert b" 403 " in await reader.readline()
    writer.close()


async def test_this_machine_is_let_in_under_each_of_its_names(playground: Playground) -> None:
    url, port = playground.url + STATE, port_of(playground)
    assert await status(url) == 200
    for name in ("127.0.0.1", "localhost", "[::1]", "LOCALHOST"):
        host = f"{name}:{port}"
        assert await status(url, Host=host) == 200
        assert await status(url, Host=host, Origin=f"http://{host}") == 200
        assert await status(url, Host=host, **{"Sec-Fetch-Site": "same-origin"}) == 200
    async with aiohttp.ClientSession(headers={"Origin": playground.url.rstrip("/")}) as session:
        await (await session.ws_connect(playground.gateway_url)).close()


async def test_a_link_leads_to_the_page_and_to_nothing_else(playground: Playground) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert await status(playground.url, **visit, **{"Sec-Fetch-Dest": "document"}) == 200
    assert await status(playground.url, **visit, **{"Sec-Fetch-Dest": "iframe"}) == 403
    assert await status(playground.url + STATE, **visit, **{"Sec-Fetch-Dest": "document"}) == 403
    async with aiohttp.request("GET", playground.url) as page:
        assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_a_form_of_an_old_browser_changes_nothing(playground: Playground, kind: str) -> None:
    data, headers = b'{"advance": 60}', {"Content-Type": kind}
    before = playground.clock.now()
    for path in ("drive/time", "drive/upload?filename=a.txt"):
        url = playground.url + path
        async with aiohttp.request("POST", url, data=data, headers=headers) as response:
            assert response.status == 403
    assert playground.clock.now() - before < 60


async def test_files_are_found_under_the_name_that_the_page_uses(
    playground: Playground, driver: Driver
) -> None:
    port = port_of(playground)
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
