"""Files are read from where Discord says they are, no further than is wanted, and nowhere else."""

import gzip
from collections.abc import AsyncIterator

import discord
import pytest
from aiohttp import web

from bot.channels.discord.files import File, read_files
from bot.surroundings import Attached, Author, FileKind, Wanted

APPETITE = {FileKind.TEXT: Wanted(1_000, files=1), FileKind.IMAGE: Wanted(2_000_000, files=1)}
BOMB = gzip.compress(b"x" * 1_000_000)


class Elsewhere:
    """A server that does what no CDN should."""

    def __init__(self) -> None:
        self.base = ""
        self.visited: list[str] = []

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    async def redirect(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{self.base}/inside")

    async def inside(self, request: web.Request) -> web.Response:
        self.visited.append(request.path)
        return web.Response(text="the inner network")

    async def packed(self, request: web.Request) -> web.Response:
        self.visited.append(request.headers["Accept-Encoding"])
        return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    server = Elsewhere()
    application = web.Application()
    for name in ("endless", "redirect", "inside", "packed"):
        application.router.add_get(f"/{name}", getattr(server, name))
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.base = f"http://{host}:{port}"
    yield server
    await runner.cleanup()


async def read(url: str, name: str) -> Attached:
    about = {"id": "1", "filename": name, "size": 10, "url": url, "proxy_url": url}
    state = discord.Client(intents=discord.Intents.none())._connection
    (attached,) = await read_files([File(discord.Attachment(data=about, state=state), Author.ASKER)], APPETITE)
    return attached


async def test_what_never_ends_is_read_to_the_limit_and_left(elsewhere: Elsewhere) -> None:
    text = await read(f"{elsewhere.base}/endless", "a.txt")
    assert (text.data, text.why_not) == (b"x" * 1_000, "")
    image = await read(f"{elsewhere.base}/endless", "a.png")
    assert (image.data, image.why_not) == (None, "larger than 1 MB")


async def test_nobody_is_sent_elsewhere(elsewhere: Elsewhere) -> None:
    assert (await read(f"{elsewhere.base}/redirect", "a.txt")).why_not == "it could not be fetched"
    assert elsewhere.visited == []


async def test_what_is_packed_is_not_unpacked(elsewhere: Elsewhere) -> None:
    assert (await read(f"{elsewhere.base}/packed", "a.png")).data == BOMB
    assert elsewhere.visited == ["identity"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:1/a", "nonsense", ""])
async def test_an_address_that_leads_nowhere_is_told(url: str) -> None:
    assert (await read(url, "a.txt")).why_not == "it could not be fetched"
