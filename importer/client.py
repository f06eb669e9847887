"""A thin shell over httpx: perform one request, and say truthfully how it ended.

It stands on httpx's transport, one layer below its client: what the client adds (redirects, cookies, sign-in from
elsewhere) must not happen here, and costs a sixth of the time of a request.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Final, cast
from urllib.request import getproxies, proxy_bypass

import httpx

from importer.answers import NoAnswer, NotSent, Reply, Request, Result
from importer.errors import EnvironmentSettingError, SettingError
from importer.settings import SERVICE, Settings

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


_LAST_PORT: Final = 65535
_PROXIES: Final = ("http", "https")
"""Kinds of proxies that httpx can use without a package that it does not bring."""


class Line:
    """One kept-alive connection to the service. Raises `SettingError` where nothing could be asked at its address."""

    def __init__(self, transport: httpx.AsyncHTTPTransport, settings: Settings) -> None:
        _ensure_usable(settings.base_url)
        self._transport = transport
        self._address = settings.base_url.rstrip("/")
        self._answer_timeout = settings.answer_timeout
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}
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

    async def hang_up(self) -> None:
        """Let go of the connection; the next request gets a new one."""
        await self._transport.aclose()

    async def _ask(self, request: Request, token: str | None) -> Result:
        response = await self._transport.handle_async_request(self._as_httpx(request, token))
        stream = cast(httpx.AsyncByteStream, response.stream)
        try:
            body = bytearray()
            async for chunk in stream:
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    return NoAnswer("the answer was too long to be one of the service's")
        finally:
            await stream.aclose()
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
            extensions=self._extensions,
        )

    def _url(self, path: str) -> httpx.URL:
        if path in self._urls:
            return self._urls[path]
        url = httpx.URL(f"{self._address}{path}")
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
    """`count` lines, one transport and one connection each, over a shared TLS context.

    One transport over many connections gets slower the more there are: its pool looks through all of them for each
    request.
    """
    context = _tls(settings)
    async with contextlib.AsyncExitStack() as stack:
        transports = [await stack.enter_async_context(_transport(settings, context)) for _ in range(count)]
        yield [Line(transport, settings) for transport in transports]


def _parsed(address: str) -> httpx.URL | None:
    """An address as httpx has it; None where no connection could be made to it."""
    try:
        url = httpx.URL(address)
        return url if url.host and (url.port is None or 0 < url.port <= _LAST_PORT) else None
    except (ValueError, httpx.InvalidURL):  # whose words repeat the address, password and all
        return None


def _ensure_usable(address: str) -> None:
    if _parsed(address) is None:
        message = f"The address {address} cannot be used: expected one such as {SERVICE}."
        raise SettingError(message)


def _transport(settings: Settings, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(
        verify=context,
        limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None),
        proxy=_proxy(settings),
        trust_env=settings.trust_env,
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    """What a connection is secured with. Raises `EnvironmentSettingError`.

    Where nothing is to be secured it trusts nobody: to load the certificates of all authorities takes a while.
    """
    if settings.base_url.lower().startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context(trust_env=settings.trust_env)
    except OSError:
        variable, reason = "SSL_CERT_FILE or SSL_CERT_DIR", "no certificates can be read there"
        raise EnvironmentSettingError(variable, reason) from None


def _proxy(settings: Settings) -> httpx.Proxy | None:
    """The proxy that the environment has for the address, if it is asked. Raises `EnvironmentSettingError`."""
    scheme, _, rest = settings.base_url.partition("://")
    if not settings.trust_env or proxy_bypass(rest.partition("/")[0]):
        return None
    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address:
        return None
    # Most who name a proxy leave http:// out.
    url = _parsed(address if "://" in address else f"http://{address}")
    if url is None or url.scheme not in _PROXIES:
        variable = f"{scheme.upper()}_PROXY or ALL_PROXY"
        raise EnvironmentSettingError(variable, "expected the address of a proxy, such as http://one.example:3128")
    return httpx.Proxy(url)
