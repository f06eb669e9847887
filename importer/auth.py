"""Signing in: a token for the run, and one renewal when the service no longer takes it."""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from importer.answers import NoAnswer, NotSent, Request, Result, Token, Unusable
from importer.errors import NoCredentialsError, SettingError, SignInError, TryLaterError, UnreachableError
from importer.settings import Settings
from importer.tokens import is_sendable, read_token, renew, sign_in

_CLIENT: Final = "course-importer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How to sign in: a token, or a user name and a password (and a one-time code)."""

    token: str | None = field(repr=False, default=None)
    username: str | None = None
    password: str | None = field(repr=False, default=None)
    totp: str | None = field(repr=False, default=None)

    @property
    def account(self) -> str:
        """What tells accounts apart: the user name, or a fingerprint of the token (never the token)."""
        if self.username is not None:
            return self.username.strip().casefold()
        return "token-" + hashlib.sha256((self.token or "").encode()).hexdigest()[:16]


def credentials(settings: Settings) -> Credentials:
    """The credentials of the settings.

    Raises `NoCredentialsError` where there are none, `SettingError` where they are not what they can be.
    """
    token = settings.token.get_secret_value().strip() if settings.token else ""
    password = settings.password.get_secret_value() if settings.password else ""
    totp = settings.totp.get_secret_value() if settings.totp else ""
    username = (settings.username or "").strip()
    if not token and not (username and password):
        raise NoCredentialsError
    if token and not is_sendable(token):
        message = "The token cannot be used: it holds a blank or a character that no token has. Copy it again."
        raise SettingError(message)
    if not (_is_text(username) and _is_text(password)):
        message = "User name and password cannot be used: they are not UTF-8 text."
        raise SettingError(message)
    if not _is_text(totp):
        message = "The one-time code cannot be used: it is not UTF-8 text."
        raise SettingError(message)
    return Credentials(
        token=token or None,
        username=username or None,
        password=password or None,
        totp=totp or None,
    )


def _is_text(value: str) -> bool:
    """Whether it can be sent: bytes of the environment that are not UTF-8 come as halves of characters."""
    return not any("\ud800" <= c <= "\udfff" for c in value)


class SignIn:
    """The token of a run. `ask` performs one request without a token."""

    def __init__(self, given: Credentials, address: str, ask: Callable[[Request], Awaitable[Result]]) -> None:
        self._given = given
        self._address = address
        self._ask = ask
        self._client_id = f"{_CLIENT}-{uuid.uuid4()}"
        self._lock = asyncio.Lock()
        self._token = Token(access=given.token) if given.token else None

    async def token(self) -> str:
        """The token in use, after signing in if that has not been done.

        Raises `SignInError` where the service refuses, `UnreachableError` where it cannot be reached.
        """
        async with self._lock:
            if self._token is None:
                self._token = await self._by_password()
            return self._token.access

    async def renewed(self, old: str) -> str | None:
        """A token newer than `old`: by refresh token, else by password; None where neither is at hand.

        Raises `SignInError` where the service refuses, `TryLaterError` where it cannot be reached.
        """
        async with self._lock:
            if self._token is not None and self._token.access != old:
                return self._token.access
            fresh = await self._by_refresh() or (await self._anew() if self._given.password else None)
            if fresh is None:
                return None
            self._token = fresh
            return fresh.access

    async def _anew(self) -> Token:
        try:
            return await self._by_password()
        except UnreachableError as error:
            message = f"{self._address} could not be reached to sign in anew: {error.reason}. Nothing more was sent."
            raise TryLaterError(message) from None

    async def _by_refresh(self) -> Token | None:
        refresh = self._token.refresh if self._token else None
        if refresh is None:
            return None
        result = await self._ask(renew(refresh, self._client_id))
        answer = None if isinstance(result, NotSent | NoAnswer) else read_token(result)
        return answer if isinstance(answer, Token) else None

    async def _by_password(self) -> Token:
        request = sign_in(self._given.username or "", self._given.password or "", self._given.totp, self._client_id)
        result = await self._ask(request)
        if isinstance(result, NotSent | NoAnswer):
            raise UnreachableError(self._address, result.reason)
        answer = read_token(result)
        if isinstance(answer, Unusable):
            if answer.again:
                raise UnreachableError(self._address, answer.reason)
            message = f"Nexudus refused the sign-in of {self._given.username}: {answer.reason}."
            raise SignInError(message)
        return answer
