"""A thin shell over httpx: perform one request, and say truthfully how it ended."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Final

import httpx

from importer.answers import NoAnswer, NotSent, Reply, Request, Result
from importer.settings import Settings

LARGEST_ANSWER: Final = 5 * 1024 * 1024
"""Bytes of an answer that are read."""

_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "course-importer"}

_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before a byte of the request is written."""


class Line:
    """One kept-alive connection to the service."""

    def __init__(self, http: httpx.AsyncClient, answer_timeout: float) -> None:
        self._http = http
        self._answer_timeout = answer_timeout
        self._urls: dict[str, httpx.URL] = {}

    async def perform(self, request: Request, token: str | None = None) -> Result:
        """Send the request once, never twice, and read the whole answer. Never raises for what a network does."""
        try:
            async with asyncio.timeout(self._answer_timeout):
                return await self._ask(request, token)
        except _NEVER_LEFT as error:
            return NotSent(_in_words(error))
        except TimeoutError:
            return NoAnswer(f"no whole answer within {self._answer_timeout:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError) as error:
            return NoAnswer(_in_words(error))

    async def _ask(self, request: Request, token: str | None) -> Result:
        response = await self._http.send(self._as_httpx(request, token), stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    return NoAnswer("the answer was too long to be one of the service's")
        finally:
            await response.aclose()
        return Reply(response.status_code, _by_name(response.headers), bytes(body))

    def _as_httpx(self, request: Request, token: str | None) -> httpx.Request:
        # Made by hand, as httpx.AsyncClient.build_request merges and parses anew what is the same for every row.
        headers = dict(_HEADERS)
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Request(
            request.method,
            self._url(request.path),
            headers=headers,
            content=request.body,
            extensions={"timeout": self._http.timeout.as_dict()},
        )

    def _url(self, path: str) -> httpx.URL:
        if path in self._urls:
            return self._urls[path]
        url = httpx.URL(f"{str(self._http.base_url).rstrip('/')}{path}")
        if "?" not in path:
            self._urls[path] = url
        return url


def _by_name(headers: httpx.Headers) -> dict[str, str]:
    """The headers with their names in lower case, several of one name joined by commas."""
    merged: dict[str, str] = {}
    for raw_name, raw_value in headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        merged[name] = f"{merged[name]}, {value}" if name in merged else value
    return merged


def _in_words(error: Exception) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "no connection in time"
        case httpx.ConnectError() | httpx.ProxyError():
            return "no connection could be made"
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "the address cannot be used"
        case _:
            return "the connection broke before the answer was complete"


@contextlib.asynccontextmanager
async def open_lines(settings: Settings, count: int) -> AsyncIterator[Sequence[Line]]:
    """`count` lines, one client and one connection each, over a shared TLS context.

    One client over many connections gets slower the more there are: its pool looks through all of them for each
    request.
    """
    context = httpx.create_ssl_context(trust_env=settings.trust_env)
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(_client(settings, context)) for _ in range(count)]
        yield [Line(client, settings.answer_timeout) for client in clients]


def _client(settings: Settings, context: ssl.SSLContext) -> httpx.AsyncClient:
    timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
    return httpx.AsyncClient(
        base_url=settings.base_url,
        verify=context,
        timeout=timeout,
        limits=limits,
        follow_redirects=False,
        trust_env=settings.trust_env,
    )
