"""Libraries in a local folder and in an S3 bucket. Most tests run with both."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library
from bot.sampling import Request

from ..artifacts import versions_in

OpenLibrary = Callable[..., AbstractAsyncContextManager[Library]]


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URL of a local S3 server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a folder in a new, empty bucket of that server."""
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"styles-{uuid.uuid4().hex}"
    s3fs.S3FileSystem().mkdir(name)
    return f"s3://{name}/namesmith"


@pytest.fixture(params=["folder", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of the storage: a local folder that does not exist yet, or a bucket."""
    if request.param == "s3":
        return str(request.getfixturevalue("bucket"))
    return str(tmp_path / "styles")


@pytest.fixture
def open_library(url: str, tmp_path: Path) -> OpenLibrary:
    """Opens the library; several can be open at the same time."""

    @contextlib.asynccontextmanager
    async def run(
        style: str = "names", keep_versions: int = 10, max_bytes: int = 2**20
    ) -> AsyncIterator[Library]:
        names = NamesSettings(style=style, max_artifact_bytes=max(max_bytes, 4 * 2**20))
        settings = LibrarySettings(url=url, keep_versions=keep_versions, poll_seconds=0.1)
        library = await Library.open(names, settings, tmp_path)
        try:
            yield library
        finally:
            await library.close()

    return run


@pytest.fixture
async def library(open_library: OpenLibrary) -> AsyncIterator[Library]:
    async with open_library() as library:
        yield library


async def live_version(library: Library, style: str = "fauns", guild_id: int | None = None) -> int:
    """Return the live version of a style, which its names reveal."""
    engine = await library.engine(style, guild_id)
    (version,) = versions_in(await engine.names(Request(count=3)))
    return version


async def wait_for_version(library: Library, version: int, style: str = "fauns") -> None:
    """Wait until `version` is live."""
    async with asyncio.timeout(60):
        while style not in library.style_names() or await live_version(library, style) != version:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
