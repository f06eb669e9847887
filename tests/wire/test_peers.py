"""Servers that break off, never end, or talk something else: asked once, left in time, and never believed."""

import asyncio
import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from importer.answers import Ambiguous, NoAnswer, NotSent, Reply, Result, Unusable
from importer.api import create, list_page, read_created, read_page
from importer.client import LARGEST_ANSWER, open_lines
from importer.entities import LESSON
from importer.settings import read_settings
from tests.builders import operation_of, perform
from tests.wire.peer import Connection, Peer, answer

POST = create(LESSON, operation_of("Keys").payload)
LIST = list_page(LESSON, 101, 1)
CREATED = answer(json.dumps({"Status": 200, "WasSuccessful": True, "Value": {"Id": 7}}).encode())
DEADLINE = 0.4


def ask(peer: Peer, count: int = 1, **options: object) -> list[Result]:
    settings = read_settings({"base_url": peer.base_url, "answer_timeout": DEADLINE, **options})
    return perform(settings, *[POST] * count, token="seCret")


# --- connections that end ---------------------------------------------------------------------------------


def eats_the_second(connection: Connection) -> None:
    connection.hear()
    connection.say(CREATED)
    connection.hear()


def test_a_kept_connection_that_closes_on_a_request_is_no_proof_and_nothing_is_sent_again() -> None:
    with Peer(eats_the_second) as peer:
        first, second = ask(peer, 2)
    assert isinstance(first, Reply)
    assert isinstance(second, NoAnswer)
    assert (len(peer.heard), peer.connections) == (2, 1)


def answers_once(connection: Connection) -> None:
    connection.hear()
    connection.say(CREATED)


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    async def asking(address: str) -> list[Result]:
        async with open_lines(read_settings({"base_url": address}), 1) as (line,):
            results = []
            for _ in range(3):
                results.append(await line.perform(POST))
                await asyncio.sleep(0.1)
            return results

    with Peer(answers_once) as peer:
        results = asyncio.run(asking(peer.base_url))
    assert all(isinstance(one, Reply) for one in results)
    assert (len(peer.heard), peer.connections) == (3, 3)


def test_a_line_that_hung_up_goes_on_over_another_connection() -> None:
    async def asking(address: str) -> list[Result]:
        async with open_lines(read_settings({"base_url": address}), 1) as (line,):
            first = await line.perform(POST)
            await line.hang_up()
            return [first, await line.perform(POST)]

    with Peer(eats_the_second) as peer:
        results = asyncio.run(asking(peer.base_url))
    assert all(isinstance(one, Reply) for one in results)
    assert (len(peer.heard), peer.connections) == (2, 2)


def resets_unread(connection: Connection) -> None:
    connection.socket.recv(1, socket.MSG_PEEK)
    connection.reset()


def test_a_reset_before_the_request_is_read_is_no_proof_of_anything() -> None:
    with Peer(resets_unread) as peer:
        (result,) = ask(peer)
    assert isinstance(result, NoAnswer)
    assert (peer.heard, peer.connections) == ([], 1)


def resets(connection: Connection) -> None:
    connection.hear()
    connection.reset()


def test_a_reset_after_the_request_was_read_is_none_either() -> None:
    with Peer(resets) as peer:
        (result,) = ask(peer)
    assert isinstance(result, NoAnswer)
    assert (len(peer.heard), peer.connections) == (1, 1)


# --- answers that do not end, or are none -----------------------------------------------------------------


def forever(what: bytes, pause: float = 0.0) -> Iterator[bytes]:
    while True:
        yield what
        time.sleep(pause)


def one_by_one(what: bytes) -> Iterator[bytes]:
    for byte in what:
        yield bytes((byte,))
        time.sleep(0.05)


ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "silence": lambda: iter(()),
    "drip of the head": lambda: one_by_one(CREATED),
    "drip of the body": lambda: one_by_one(CREATED[20:]),
    "endless head": lambda: forever(b"X-More: and more\r\n" * 1000),
    "endless preliminary answers": lambda: forever(b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
    "endless body": lambda: forever(b"1000\r\n" + b" " * 4096 + b"\r\n"),
    "junk": lambda: forever(b"\x16\x03\x01\x00\xff SSH-2.0 220 ready\r\n"),
}
BEFORE = {
    "drip of the body": CREATED[:20],
    "endless head": b"HTTP/1.1 200 OK\r\n",
    "endless body": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_without_an_end_is_left_in_time(name: str) -> None:
    said = 0

    def serve(connection: Connection) -> None:
        nonlocal said
        connection.hear()
        connection.say(BEFORE.get(name, b""))
        for part in ENDLESS[name]():
            connection.say(part)
            said += len(part)
        connection.hear()

    began = time.monotonic()
    with Peer(serve) as peer:
        # The whole answer has a deadline of its own: each byte that drips in would start a read timeout anew.
        (result,) = ask(peer, answer_timeout=30 if name in ("endless body", "endless head", "junk") else DEADLINE)
        took = time.monotonic() - began
    assert isinstance(result, NoAnswer)
    assert isinstance(read_created(result), Ambiguous)
    assert (len(peer.heard), peer.connections) == (1, 1)
    assert took < 10
    assert said < LARGEST_ANSWER + 16 * 2**20  # what the system takes in before it is read comes on top


def test_a_compressed_bomb_stays_packed() -> None:
    bomb = gzip.compress(b" " * 50_000_000, 1)

    def serve(connection: Connection) -> None:
        while True:
            connection.hear()
            connection.say(answer(bomb, b"Content-Encoding: gzip"))

    with Peer(serve) as peer:
        settings = read_settings({"base_url": peer.base_url})
        created, listed = perform(settings, POST, LIST)
    assert isinstance(created, Reply) and isinstance(listed, Reply)
    assert created.body == bomb
    assert isinstance(read_created(created), Ambiguous)
    assert isinstance(read_page(listed, LESSON, 101), Unusable)
    assert all(b"Accept-Encoding: identity" in one for one in peer.heard)


# --- no connection ----------------------------------------------------------------------------------------


def test_a_host_that_takes_no_more_connections_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        settings = read_settings({"base_url": f"http://127.0.0.1:{full.getsockname()[1]}", "connect_timeout": 0.3})
        began = time.monotonic()
        (result,) = perform(settings, POST)
        for one in waiting:
            one.close()
    assert isinstance(result, NotSent)
    assert time.monotonic() - began < 5


def test_a_server_with_a_certificate_of_its_own_making_is_told_nothing() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    said = []

    def serve(connection: Connection) -> None:
        with context.wrap_socket(connection.socket, server_side=True) as secured:
            said.append(secured.recv(65536))

    with Peer(serve) as peer:
        settings = read_settings({"base_url": f"https://127.0.0.1:{peer.port}"})
        (result,) = perform(settings, POST, token="seCret")
    assert isinstance(result, NotSent)
    assert b"".join(said) == b""
    assert peer.connections == 1
