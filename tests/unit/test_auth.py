"""Signing in."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from importer.auth import Credentials, SignIn, credentials
from importer.client import open_lines
from importer.errors import NoCredentialsError, SettingError, SignInError, TryLaterError, UnreachableError
from importer.sandbox import OPS, Drop, Fault, Server, User, throttled
from importer.settings import read_settings
from tests.builders import BY_PASSWORD, settings_for

T = TypeVar("T")


def with_sign_in(server: Server, given: Credentials, work: Callable[[SignIn], Awaitable[T]]) -> T:
    async def working() -> T:
        async with open_lines(settings_for(server), 1) as lines:
            return await work(SignIn(given, server.base_url, lines[0].perform))

    return asyncio.run(working())


def token(server: Server, given: Credentials = BY_PASSWORD) -> str:
    return with_sign_in(server, given, lambda sign_in: sign_in.token())


async def renew(sign_in: SignIn) -> tuple[str, str | None]:
    old = await sign_in.token()
    return old, await sign_in.renewed(old)


def test_everybody_shares_one_sign_in() -> None:
    async def several(sign_in: SignIn) -> set[str]:
        return set(await asyncio.gather(*(sign_in.token() for _ in range(5))))

    with Server() as server:
        tokens = with_sign_in(server, BY_PASSWORD, several)
        assert (len(tokens), server.log.counts) == (1, {"POST /api/token 200": 1})


def test_a_given_token_is_used_as_it_is() -> None:
    with Server() as server:
        assert token(server, Credentials(token="given")) == "given"
        assert server.log.entries == ()


def test_a_one_time_code_goes_with_the_password() -> None:
    with Server(users=(replace(OPS, totp="123456"),)) as server:
        assert token(server, replace(BY_PASSWORD, totp="123456"))
        with pytest.raises(SignInError):
            token(server)


def test_a_refused_sign_in_names_the_user_and_no_secret() -> None:
    with Server(users=(User(name="other", password="x"),)) as server, pytest.raises(SignInError) as caught:
        token(server)
    assert "ops@example.com" in caught.value.message
    assert OPS.password not in caught.value.message


@pytest.mark.parametrize(
    "fault",
    [Fault(path="*", work=False, status=500), Fault(path="*", drop=Drop.RESET), replace(throttled("5"), path="*")],
)
def test_a_service_that_is_not_well_is_no_wrong_password(fault: Fault) -> None:
    with Server() as server:
        server.faults.add(fault)
        with pytest.raises(UnreachableError):
            token(server)


def test_a_token_is_renewed_by_its_refresh_token() -> None:
    with Server() as server:
        old, new = with_sign_in(server, BY_PASSWORD, renew)
    assert new not in (None, old)


def test_where_the_refresh_token_is_not_taken_the_password_is() -> None:
    with Server() as server:
        server.faults.add(Fault(path="/api/token", nth=2, work=False, status=400))
        old, new = with_sign_in(server, BY_PASSWORD, renew)
        assert server.log.count(path="/api/token") == 3
    assert new not in (None, old)


def test_everybody_shares_one_renewal() -> None:
    async def several(sign_in: SignIn) -> int:
        old = await sign_in.token()
        return len(set(await asyncio.gather(*(sign_in.renewed(old) for _ in range(5)))))

    with Server() as server:
        assert with_sign_in(server, BY_PASSWORD, several) == 1
        assert server.log.count(path="/api/token") == 2


def test_a_lone_token_cannot_be_renewed() -> None:
    with Server() as server:
        assert with_sign_in(server, Credentials(token="given"), renew) == ("given", None)


def test_a_renewal_that_reaches_nobody_claims_nothing_about_what_was_sent() -> None:
    with Server() as server:
        server.faults.add(Fault(path="/api/token", nth=2, times=9, drop=Drop.RESET))
        with pytest.raises(TryLaterError) as caught:
            with_sign_in(server, BY_PASSWORD, renew)
    assert "Nothing was sent" not in caught.value.message


# --- what was given -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [{}, {"username": "a"}, {"password": "b"}, {"token": "  "}, {"username": " ", "password": "b"}]
)
def test_without_a_sign_in_nothing_starts(given: dict[str, str]) -> None:
    with pytest.raises(NoCredentialsError):
        credentials(read_settings(given))


def test_blanks_around_what_was_pasted_do_not_count() -> None:
    assert credentials(read_settings({"token": " abc\n", "username": " me "})) == Credentials(
        token="abc", username="me"
    )


@pytest.mark.parametrize("text", ["two words", "“quoted”", "line\nend", "tab\there", "nul\x00l"])
def test_what_cannot_be_a_token_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingError) as caught:
        credentials(read_settings({"token": text}))
    assert text not in caught.value.message


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "a\udcff"}, "User name and password cannot be used: they are not UTF-8 text."),
        ({"password": "b\udc80"}, "User name and password cannot be used: they are not UTF-8 text."),
        ({"totp": "1\udcff"}, "The one-time code cannot be used: it is not UTF-8 text."),
    ],
)
def test_bytes_that_are_no_text_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError) as caught:
        credentials(read_settings({"username": "a", "password": "b", "totp": "1"} | given))
    assert caught.value.message == said


def test_accounts_are_told_apart_without_giving_a_token_away() -> None:
    accounts = [
        Credentials(username=" Ops@Example.com ", password="a").account,
        Credentials(username="ops@example.com", token="seCret").account,
        Credentials(token="seCret").account,
        Credentials(token="other").account,
    ]
    assert accounts[:2] == ["ops@example.com"] * 2
    assert len(set(accounts)) == 3
    assert "seCret" not in "".join(accounts) + repr(Credentials(token="seCret", password="seCret", totp="seCret"))
