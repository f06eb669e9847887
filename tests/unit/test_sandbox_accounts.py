"""Signing in, and what the tokens are good for."""

import pytest

from importer.sandbox.accounts import OPS, Accounts, SignInRefusedError, User

CAREFUL = User(name="two@example.com", password="p", totp="123456")
ADA = {"grant_type": "password", "username": OPS.name, "password": OPS.password}


class World:
    """Accounts whose time and generation the test sets."""

    def __init__(self) -> None:
        self.time = 0.0
        self.generation = 0
        self.accounts = Accounts(
            (OPS, CAREFUL),
            always="fixed",
            expires_in=60,
            clock=lambda: self.time,
            generation=lambda: self.generation,
        )

    def user(self, token: object) -> User | None:
        return self.accounts.user_of(f"Bearer {token}")

    def renew(self, token: object, **more: str) -> dict[str, object]:
        return self.accounts.sign_in({"grant_type": "refresh_token", "refresh_token": str(token), **more})

    def refused(self, **form: str) -> str:
        with pytest.raises(SignInRefusedError) as refused:
            self.accounts.sign_in(form)
        return refused.value.error


@pytest.fixture
def world() -> World:
    return World()


def test_a_password_gives_a_token_that_ends(world: World) -> None:
    answer = world.accounts.sign_in(ADA)
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 60)
    assert world.user(answer["access_token"]) is OPS
    world.time = 60
    assert world.user(answer["access_token"]) is None


def test_the_fixed_token_outlives_everything(world: World) -> None:
    world.time, world.generation = 1e9, 3
    assert world.user("fixed") is OPS


def test_all_tokens_can_be_ended_at_once(world: World) -> None:
    answer = world.accounts.sign_in(ADA)
    world.generation += 1
    assert world.user(answer["access_token"]) is None
    assert world.user(world.renew(answer["refresh_token"])["access_token"]) is OPS


def test_a_token_that_was_never_given_is_nobodys(world: World) -> None:
    assert world.user("nonsense") is None
    assert world.accounts.user_of("Basic fixed") is None
    assert world.accounts.user_of("") is None


@pytest.mark.parametrize(
    "form",
    [
        ADA | {"password": "wrong"},
        ADA | {"username": "nobody@example.com"},
        {"grant_type": "password"},
        {"grant_type": "refresh_token"},
        {"grant_type": "refresh_token", "refresh_token": "x"},
    ],
)
def test_wrong_credentials_are_an_invalid_grant(world: World, form: dict[str, str]) -> None:
    assert world.refused(**form) == "invalid_grant"


def test_other_grants_are_not_supported(world: World) -> None:
    assert world.refused() == world.refused(grant_type="client_credentials") == "unsupported_grant_type"


def test_two_factor_needs_its_code(world: World) -> None:
    form = {"grant_type": "password", "username": CAREFUL.name, "password": "p"}
    assert world.refused(**form) == world.refused(**form, totp="000000") == "invalid_grant"
    assert world.user(world.accounts.sign_in({**form, "totp": "123456"})["access_token"]) is CAREFUL


def test_renewing_ends_the_earlier_refresh_token(world: World) -> None:
    first = world.accounts.sign_in(ADA)
    world.renew(first["refresh_token"])
    with pytest.raises(SignInRefusedError):
        world.renew(first["refresh_token"])


def test_clients_have_refresh_tokens_of_their_own(world: World) -> None:
    mine = world.accounts.sign_in(ADA)
    night = world.accounts.sign_in(ADA | {"client_id": "night"})
    with pytest.raises(SignInRefusedError):
        world.renew(night["refresh_token"])
    assert world.renew(night["refresh_token"], client_id="night")
    assert world.renew(mine["refresh_token"], client_id=OPS.name)
