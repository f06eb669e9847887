"""The ASGI application, put together from its parts."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from starlette.applications import Starlette
from starlette.middleware import Middleware

from importer.sandbox.accounts import OPS, WEEK, Accounts, User
from importer.sandbox.admin import Admin
from importer.sandbox.faults import Faults
from importer.sandbox.log import Log
from importer.sandbox.service import Service
from importer.sandbox.store import Store
from importer.sandbox.throttle import Limits, Throttle
from importer.sandbox.traffic import Traffic


class Options(TypedDict, total=False):
    """How a sandbox differs from the usual one; `Setup` says what is usual."""

    limits: Limits
    users: tuple[User, ...]
    token: str | None
    faults: Faults
    log: Log
    page_cap: int
    full_lists: bool
    full_batches: bool
    expires_in: int
    admin: bool
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a sandbox is like."""

    limits: Limits = field(default_factory=Limits)
    users: tuple[User, ...] = (OPS,)
    token: str | None = None
    """A bearer token that is valid for ever and speaks for the first user."""
    faults: Faults = field(default_factory=Faults)
    log: Log = field(default_factory=Log)
    page_cap: int = 100
    """The largest page of a list, whatever size is asked for."""
    full_lists: bool = False
    """Whether the records of a list have their long texts."""
    full_batches: bool = True
    """Whether records that are asked for by their ids have theirs."""
    expires_in: int = WEEK
    """Seconds that a token lasts."""
    admin: bool = False
    """Whether the addresses under /sandbox are there."""
    clock: Callable[[], float] = time.monotonic
    """Seconds; of the limits, the tokens and the log."""


def create_app(store: Store, **options: Unpack[Options]) -> Starlette:
    """The sandbox over a store. With a clock of your own, give the same one to the store."""
    setup = Setup(**options)
    faults, log, clock = setup.faults, setup.log, setup.clock
    accounts = Accounts(
        setup.users,
        always=setup.token,
        expires_in=setup.expires_in,
        clock=clock,
        generation=lambda: faults.generation,
    )
    service = Service(
        store,
        accounts,
        faults,
        page_cap=setup.page_cap,
        full_lists=setup.full_lists,
        full_batches=setup.full_batches,
        clock=clock,
    )
    routes = service.routes() + (Admin(store, faults, log).routes() if setup.admin else [])
    traffic = Middleware(Traffic, throttle=Throttle(setup.limits, clock), faults=faults, log=log, clock=clock)
    app = Starlette(routes=routes, middleware=[traffic])
    # The service redirects nobody, and clients are not meant to follow.
    app.router.redirect_slashes = False
    return app
