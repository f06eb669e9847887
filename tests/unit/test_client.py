"""One request over real HTTP: sent once, to one host, and its end told truthfully."""

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from importer.answers import NoAnswer, NotSent, Reply, Request, Result
from importer.api import create
from importer.client import LARGEST_ANSWER, Line, open_lines
from importer.entities import LESSON
from importer.errors import SettingError
from importer.sandbox import NO_LIMITS, Drop, Fault, Faults, Server
from importer.settings import SERVICE, read_settings
from tests.builders import operation_of, perform, settings_for

POST = create(LESSON, operation_of("Keys").payload)
GET = Request(method="GET", path="/api/content/courselessons/5001")
TOKEN = "seCret"
NEVER = Fault(nth=10**9, work=False, status=500)
"""Strikes nothing, but has every request looked at."""


class Arrivals(Faults):
    """Counts what arrives, whether or not it is ever answered."""

    posts = 0

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        self.posts += method == "POST"
        return super().take(method, path, body)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with Server(limits=NO_LIMITS, token=TOKEN, faults=Arrivals()) as server:
        yield server


@pytest.fixture
def arrivals(shared: Server) -> Arrivals:
    assert isinstance(shared.faults, Arrivals)
    shared.faults.clear()
    shared.faults.add(NEVER)
    shared.faults.posts = 0
    return shared.faults


@pytest.fixture
def server(shared: Server, arrivals: Arrivals) -> Server:
    return shared


def ask(server: Server, *requests: Request, **options: object) -> list[Result]:
    return perform(settings_for(server, **options), *requests, token=TOKEN)


def test_an_answer_is_whole_and_its_headers_have_small_names(server: Server) -> None:
    server.faults.add(Fault(headers=(("X-One", "a"), ("x-one", "b"))))
    (reply,) = ask(server, POST)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.headers["content-type"], reply.headers["x-one"]) == (200, "application/json", "a, b")
    assert b'"WasSuccessful":true' in reply.body


@pytest.mark.parametrize(
    "fault",
    [
        Fault(drop=Drop.CLOSE),
        Fault(drop=Drop.RESET),
        Fault(drop=Drop.CLOSE, work=False),
        Fault(drop=Drop.RESET, work=False),
        Fault(truncate=0),
        Fault(truncate=25),
        Fault(wait_before=5),
        Fault(wait_after=5),
        Fault(drip=0.1),
    ],
)
@pytest.mark.parametrize("before", [0, 2])
def test_an_answer_that_does_not_come_whole_is_none_and_nothing_is_sent_twice(
    server: Server, arrivals: Arrivals, fault: Fault, before: int
) -> None:
    arrivals.add(replace(fault, nth=before + 1))
    *fine, last = ask(server, *[POST] * before, POST, answer_timeout=1.0)
    assert [type(one) for one in fine] == [Reply] * before
    assert isinstance(last, NoAnswer)
    assert arrivals.posts == before + 1


def test_how_an_answer_failed_is_told(server: Server) -> None:
    server.faults.add(Fault(nth=1, wait_after=5), Fault(nth=2, drop=Drop.RESET))
    late, broken = ask(server, POST, POST, answer_timeout=1.5)
    assert late == NoAnswer("no whole answer within 1.5 seconds")
    assert broken == NoAnswer("the connection broke before the answer was complete")


def test_a_silent_server_is_not_waited_for_longer_than_the_read_timeout(server: Server) -> None:
    server.faults.add(Fault(wait_after=5))
    assert ask(server, POST, read_timeout=0.2) == [NoAnswer("no answer in time")]


def test_a_line_goes_on_after_a_failure(server: Server) -> None:
    server.faults.add(Fault(nth=1, drop=Drop.RESET), Fault(nth=2, truncate=5), Fault(nth=3, wait_after=5))
    results = ask(server, *[POST] * 4, answer_timeout=1.5)
    assert [type(one) for one in results] == [NoAnswer, NoAnswer, NoAnswer, Reply]


def test_an_endless_answer_is_cut(server: Server) -> None:
    server.faults.add(Fault(body="x" * (LARGEST_ANSWER + 1)))
    assert isinstance(ask(server, GET)[0], NoAnswer)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://nobody.invalid"])
def test_where_nobody_answers_nothing_was_sent(address: str) -> None:
    assert perform(read_settings({"base_url": address}), POST) == [NotSent("no connection could be made")]


def test_a_server_that_speaks_no_tls_was_sent_nothing(server: Server, arrivals: Arrivals) -> None:
    (result,) = perform(read_settings({"base_url": server.base_url.replace("http:", "https:")}), POST)
    assert isinstance(result, NotSent)
    assert arrivals.posts == 0


def test_no_certificates_are_needed_where_nothing_is_secured(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    (result,) = perform(read_settings({"base_url": server.base_url, "trust_env": True}), POST)
    assert isinstance(result, Reply)


def test_where_the_certificate_is_nobodys_nothing_is_sent(root: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root / "tests" / "samples" / "nobodys-certificate.pem")
    heard: list[bytes] = []

    def serve() -> None:
        connection, _ = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                heard.append(secured.recv(65536))
        except OSError:
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        address = f"https://127.0.0.1:{listening.getsockname()[1]}"
        assert perform(read_settings({"base_url": address}), POST) == [NotSent("no connection could be made")]
        thread.join(10)
    assert b"".join(heard) == b""


def test_a_server_that_takes_no_connection_in_time_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never speaks TLS
        settings = read_settings({"base_url": f"https://127.0.0.1:{silent.getsockname()[1]}", "connect_timeout": 0.2})
        assert perform(settings, POST) == [NotSent("no connection in time")]


@pytest.mark.parametrize("address", ["https://a..b", "https://" + "a" * 70 + ".example"])
def test_an_odd_address_never_raises(address: str) -> None:
    assert not isinstance(perform(read_settings({"base_url": address}), POST)[0], Reply)


# --- secrets stay where they belong ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(server: Server, arrivals: Arrivals, status: int) -> None:
    with Server(limits=NO_LIMITS, token=TOKEN) as elsewhere:
        location = (("Location", f"{elsewhere.base_url}/api/content/courselessons"),)
        server.faults.add(Fault(work=False, status=status, headers=location))
        (reply,) = ask(server, POST)
    assert isinstance(reply, Reply)
    assert reply.status == status
    assert (elsewhere.log.entries, arrivals.posts) == ((), 1)


def test_proxies_and_netrc_of_the_environment_are_left_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password eve\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Server(limits=NO_LIMITS) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base_url)
            monkeypatch.setenv(name.lower(), proxy.base_url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        (reply,) = ask(server, GET)
    assert isinstance(reply, Reply)
    assert (reply.status, proxy.log.entries) == (200, ())


@pytest.mark.parametrize(("exempt", "through_it"), [("", True), ("127.0.0.1", False)])
def test_the_proxy_of_the_environment_is_used_where_it_is_asked_for(
    server: Server, monkeypatch: pytest.MonkeyPatch, exempt: str, through_it: bool
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", exempt)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("http_proxy", "http://{}:{}".format(*proxy.getsockname()))
        (result,) = ask(server, GET, trust_env=True, read_timeout=0.2)
    assert isinstance(result, NoAnswer if through_it else Reply)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "user:seCret@proxy.corp:3128:9"),
        ("HTTPS_PROXY", "socks5://user:seCret@proxy.corp:1080"),
        ("HTTPS_PROXY", "ftp://user:seCret@proxy.corp"),
        ("HTTPS_PROXY", "http://user:seCret@proxy.corp:99999"),
        ("HTTPS_PROXY", "http://user:seCret@proxy.corp:0"),
        ("HTTPS_PROXY", "http://user:seCret@xn--a"),
        ("ALL_PROXY", "http://user:seCret@"),
        ("SSL_CERT_FILE", "/no/such/seCret.pem"),
    ],
)
def test_what_the_environment_has_for_everybody_and_cannot_be_used_is_named_and_not_repeated(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(variable, value)
    settings = read_settings({"base_url": "https://one.example", "trust_env": True})
    with pytest.raises(SettingError, match=variable) as told:
        perform(settings, POST)
    assert "seCret" not in str(told.value)
    assert told.value.__context__ is None or told.value.__suppress_context__


@pytest.mark.parametrize("address", ["https://xn--a", "https://über..de", "https://999.1.1.1"])
def test_an_address_that_nothing_can_be_asked_of_is_refused(address: str) -> None:
    with pytest.raises(SettingError) as told:
        perform(read_settings({"base_url": address}), POST)
    assert told.value.message == f"The address {address} cannot be used: expected one such as {SERVICE}."


def test_an_address_may_have_letters_of_any_language() -> None:
    (result,) = perform(read_settings({"base_url": "https://bücher.invalid"}), POST)
    assert result == NotSent("no connection could be made")


def test_a_proxy_may_be_named_without_http(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("http_proxy", "{}:{}".format(*proxy.getsockname()))
        (result,) = ask(server, GET, trust_env=True, read_timeout=0.2)
    assert isinstance(result, NoAnswer)


def one_request(connection: socket.socket) -> bytes:
    said = b""
    while b"\r\n\r\n" not in said:
        said += connection.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    length = int((re.findall(rb"Content-Length: (\d+)", head) or [0])[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def heard(count: int, *requests: Request, token: str | None = TOKEN) -> bytes:
    """What arrives at a server that hears `count` requests and answers each with a cookie."""
    said = bytearray()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            for _ in range(count):
                said.extend(one_request(connection))
                connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/base/"

        async def performing() -> None:
            async with open_lines(read_settings({"base_url": address}), 1) as (line,):
                for request in requests:
                    await line.perform(request, token)

        asyncio.run(performing())
        thread.join(10)
    return bytes(said)


def test_a_request_says_what_it_should_and_no_more() -> None:
    said = heard(2, POST, GET)
    assert said.startswith(b"POST /base/api/content/courselessons HTTP/1.1\r\n")
    assert said.count(b"Authorization: Bearer seCret\r\n") == 2
    assert said.count(b"Content-Type: application/json\r\n") == 1
    assert b"Accept: application/json\r\n" in said
    assert b"cookie" not in said.lower()
    assert b"python" not in said.lower()


def test_without_a_token_none_is_sent() -> None:
    assert b"uthorization" not in heard(1, POST, token=None)


def test_a_line_keeps_its_connection(server: Server) -> None:
    assert heard(3, POST, GET, POST).count(b"HTTP/1.1") == 3


def test_lines_are_as_many_as_asked_for(server: Server) -> None:
    async def count() -> int:
        async with open_lines(settings_for(server), 5) as lines:
            assert all(isinstance(line, Line) for line in lines)
            return len(set(map(id, lines)))

    assert asyncio.run(count()) == 5
