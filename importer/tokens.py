"""Signing in, without a network: what asks for a token, and what the answers mean.

Source: the service's public documentation of its sign-in.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from importer.answers import Reply, Request, Token, Unusable
from importer.api import json_object, unusable

TOKEN: Final = "/api/token"


def sign_in(username: str, password: str, totp: str | None, client_id: str) -> Request:
    """The call that gives a token for a user name and a password."""
    form = {"grant_type": "password", "username": username, "password": password, "client_id": client_id}
    return _token_request(form | ({"totp": totp} if totp else {}))


def renew(refresh_token: str, client_id: str) -> Request:
    """The call that gives a new token for a refresh token."""
    return _token_request({"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id})


def _token_request(form: Mapping[str, str]) -> Request:
    return Request(
        method="POST",
        path=TOKEN,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        what="sign in",
    )


def read_token(reply: Reply) -> Token | Unusable:
    """The token of a sign-in."""
    answer = json_object(reply.body)
    if answer is None or reply.status != 200:
        refused = reply.status in (400, 401, 403)
        return Unusable("user name or password is wrong" if refused else unusable(reply).reason, again=not refused)
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(access, str) or not is_sendable(access):
        return Unusable("the answer to the sign-in holds no token", again=False)
    return Token(access=access, refresh=refresh if isinstance(refresh, str) and refresh else None)


def is_sendable(token: str) -> bool:
    """Whether a text can be a token: one word of plain characters, as a header can hold."""
    return token.isascii() and token.isprintable() and len(token.split()) == 1 and token == token.strip()
