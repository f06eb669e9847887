"""Who may sign in, with which token, and what each may do."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An administrator: unrestricted but for `missing_roles`, such as "CourseLesson-Create".

    `totp` is the code that a two-factor sign-in has to give; None where two-factor is off.
    """

    name: str
    password: str
    totp: str | None = None
    missing_roles: frozenset[str] = frozenset()


OPS: Final = User(name="ops@example.com", password="sandbox")
"""The administrator that a sandbox has unless it is told others."""

WEEK: Final = 604799
"""Seconds that a token of the service lasts."""


class SignInRefusedError(Exception):
    """A sign-in that fails, with the `error` of the answer and what it says."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    user: User
    ends: float
    generation: int


class Accounts:
    """Sign-ins and the tokens they gave.

    `always` is a token that never ends and belongs to the first user. `generation` counts how often all tokens
    were made to expire.
    """

    def __init__(
        self,
        users: Sequence[User],
        *,
        always: str | None,
        expires_in: int,
        clock: Callable[[], float] = time.monotonic,
        generation: Callable[[], int] = lambda: 0,
    ) -> None:
        self._users = {user.name: user for user in users}
        self._always = (always, users[0]) if always and users else None
        self._expires_in = expires_in
        self._clock = clock
        self._generation = generation
        self._tokens: dict[str, _Token] = {}
        self._refresh: dict[str, tuple[str, User]] = {}

    def user_of(self, authorization: str) -> User | None:
        """Whom an `Authorization` header speaks for; None where its token is unknown or has expired."""
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        if self._always and text == self._always[0]:
            return self._always[1]
        token = self._tokens.get(text)
        if token is None or token.generation != self._generation() or token.ends <= self._clock():
            self._tokens.pop(text, None)
            return None
        return token.user

    def sign_in(self, form: Mapping[str, str]) -> dict[str, object]:
        """The answer to a token request; raises `SignInRefusedError`."""
        grant = form.get("grant_type")
        if grant == "password":
            user = self._by_password(form)
            return self._issue(user, form.get("client_id") or user.name)
        if grant == "refresh_token":
            client, user = self._by_refresh(form)
            return self._issue(user, client)
        raise SignInRefusedError(error="unsupported_grant_type", description="The grant type is not supported.")

    def _by_password(self, form: Mapping[str, str]) -> User:
        user = self._users.get(form.get("username", ""))
        if user is None or user.password != form.get("password"):
            raise SignInRefusedError(error="invalid_grant", description="The user name or password is incorrect.")
        if user.totp is not None and user.totp != form.get("totp"):
            raise SignInRefusedError(error="invalid_grant", description="The two-factor code is missing or incorrect.")
        return user

    def _by_refresh(self, form: Mapping[str, str]) -> tuple[str, User]:
        for client, (token, user) in self._refresh.items():
            if token == form.get("refresh_token") and client == (form.get("client_id") or user.name):
                return client, user
        raise SignInRefusedError(error="invalid_grant", description="The refresh token is not valid.")

    def _issue(self, user: User, client: str) -> dict[str, object]:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        ends = self._clock() + self._expires_in
        self._tokens[access] = _Token(user=user, ends=ends, generation=self._generation())
        # One refresh token a client: the one before ends here.
        self._refresh[client] = (refresh, user)
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": self._expires_in,
            "refresh_token": refresh,
        }
