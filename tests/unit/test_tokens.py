"""Signing in: what is sent, and what the answers mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.answers import Reply, Token, Unusable
from importer.tokens import read_token, renew, sign_in


def reply(answer: object = None, status: int = 200) -> Reply:
    return Reply(status, {}, answer if isinstance(answer, bytes) else json.dumps(answer).encode())


def test_signing_in_sends_a_form_and_shows_no_secret() -> None:
    request = sign_in("ops@example.com", "a b&c", None, "me")
    assert request.content_type == "application/x-www-form-urlencoded"
    assert request.body == b"grant_type=password&username=ops%40example.com&password=a+b%26c&client_id=me"
    assert b"totp=123456" in (sign_in("a", "b", "123456", "me").body or b"")
    assert renew("old", "me").body == b"grant_type=refresh_token&refresh_token=old&client_id=me"


def test_a_token_is_read_and_never_shown() -> None:
    token = read_token(reply({"access_token": "seCret1", "refresh_token": "seCret2", "expires_in": 7}))
    assert token == Token(access="seCret1", refresh="seCret2")
    assert "seCret" not in repr(token)


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (reply({"error": "invalid_grant"}, 400), False),
        (reply({}, 401), False),
        (reply({}, 200), False),
        *((reply({"access_token": text}), False) for text in ("", 7, "two words", "line\nend", "ünlike")),
        (reply({}, 500), True),
        (reply(b"", 409), True),
        (reply(b"<html>", 200), True),
    ],
)
def test_a_sign_in_without_a_token_says_whether_to_try_again(answer: Reply, again: bool) -> None:
    unusable = read_token(answer)
    assert isinstance(unusable, Unusable)
    assert unusable.again is again


@given(st.binary() | st.dictionaries(st.text(), st.none() | st.text() | st.integers()), st.integers(100, 599))
def test_no_answer_raises(answer: object, status: int) -> None:
    read_token(reply(answer, status))
