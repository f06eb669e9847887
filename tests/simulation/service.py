"""The service of a simulated world: the sandbox's own application, behind a network that fails as told."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from importer.answers import NoAnswer, NotSent, Reply, Request, Result
from importer.api import CONTENT, TOKEN
from importer.entities import COURSE, ENTITIES, LESSON, SECTION, TITLE, Entity
from importer.sandbox import NO_LIMITS, OPS, Faults, Garble, Query, Store, create_app
from importer.sandbox.faults import garbled
from tests.simulation.clock import Clock
from tests.simulation.faults import Kind, Weather
from tests.simulation.process import Process
from tests.simulation.sheets import COURSE as COURSE_NUMBER
from tests.simulation.sheets import Import, NaturalKey

COLLEAGUE = "colleague@example.com"
TIMEOUT = 150.0
_SPOILT = {
    Kind.EMPTY: Garble.EMPTY,
    Kind.HTML: Garble.HTML,
    Kind.NO_ID: Garble.NO_ID,
    Kind.ZERO_ID: Garble.ZERO_ID,
    Kind.TEXT_ID: Garble.TEXT_ID,
    Kind.NOT_SUCCESSFUL: Garble.REFUSED,
}
_NO_WORK = {Kind.RESET_BEFORE, Kind.SWALLOWED, Kind.ERROR_BEFORE, Kind.BUSY, Kind.REFUSED}
_LATE = {Kind.LATE, Kind.RESET_THEN_LATE}
_STATUS = {Kind.ERROR_BEFORE: 500, Kind.ERROR_AFTER: 500, Kind.BUSY: 503}
_RESET = {Kind.RESET_BEFORE, Kind.RESET_AFTER, Kind.RESET_THEN_LATE}
_THROTTLES = {Kind.THROTTLE, Kind.THROTTLE_DATE, Kind.THROTTLE_BARE}


@dataclass(slots=True)
class Attempt:
    """A request to create a record, seen from everywhere at once."""

    process: int
    key: NaturalKey
    left_at: float
    ended_at: float | None = None
    """When the process got an answer, or died."""
    is_clear: bool = False
    """Whether the answer said what became of it."""
    is_coming: bool = False
    """Whether its work will still be done."""


@dataclass(slots=True)
class Seen:
    """What the service saw, for the checks."""

    attempts: list[Attempt] = field(default_factory=list)
    arrivals: list[tuple[float, int, bool]] = field(default_factory=list)
    """When each request came, from which process, and whether it was a write."""
    lists: list[tuple[str, float]] = field(default_factory=list)
    """The kind of each first page of a list, and when it was asked for."""
    faults: Counter[Kind] = field(default_factory=Counter)
    touched: set[NaturalKey] = field(default_factory=set)
    """What a colleague added too."""


class SimulatedService:
    """The service. Its time goes on when a process dies."""

    def __init__(self, clock: Clock, chance: random.Random, weather: Weather, work: Import) -> None:
        self.clock = clock
        self.chance = chance
        self.weather = weather
        self.seen = Seen()
        self.keys = Counter(work.keys.values())
        self.store = Store(clock=lambda: clock.now)
        self.store.create(COURSE, {TITLE.name: "Welcome"}, id=COURSE_NUMBER)
        self.faults = Faults()
        self.outage = (0.0, 0.0)
        self.ways: Sequence[Kind] = ()
        """What becomes of requests during an outage."""
        self._passing: list[int] = []
        self._app = create_app(
            self.store,
            limits=NO_LIMITS,
            faults=self.faults,
            page_cap=chance.choice((2, 3, 5, 100)),
            clock=lambda: clock.now,
        )

    def calm_down(self) -> None:
        """From now on nothing goes wrong; what is on its way stays as it is."""
        self.weather = Weather.fair()
        self.faults.list_lag = 0.0
        self.outage = (0.0, 0.0)

    # --- a request on its way ---------------------------------------------------------------------------

    async def perform(self, process: Process, request: Request, token: str | None) -> Result:
        """Take a request from a process, and give what it gets."""
        now = self.clock.now
        is_create = request.method == "POST" and request.path.startswith(CONTENT)
        strike = self._strike(write=is_create)
        if strike is Kind.CONNECT:
            await asyncio.sleep(self.chance.uniform(0.0, 10.0))
            process.effect()
            return NotSent("no connection could be made")
        if strike is Kind.EXPIRED:
            self.faults.expire_tokens()
        attempt = None
        if is_create:
            attempt = Attempt(process=process.number, key=self.key_of(request), left_at=now)
            self.seen.attempts.append(attempt)
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._send_off(request, token, strike, process, answer, attempt)
        result = await answer
        self._delivered(process, result, attempt)
        process.effect()
        return result

    def _strike(self, *, write: bool) -> Kind | None:
        begin, end = self.outage
        if begin <= self.clock.now < end:
            strike: Kind | None = self.chance.choice(self.ways)
        else:
            strike = self.weather.strikes(self.chance, write=write)
        if strike is not None:
            self.seen.faults[strike] += 1
        return strike

    def _send_off(
        self,
        request: Request,
        token: str | None,
        strike: Kind | None,
        process: Process,
        answer: "asyncio.Future[Result]",
        attempt: Attempt | None,
    ) -> None:
        now, chance = self.clock.now, self.chance
        comes = now + chance.uniform(0.001, 0.4)
        back = comes + chance.uniform(0.001, chance.choice((0.4, 0.4, 5.0)))
        if strike in (Kind.LATE, Kind.SWALLOWED):
            back = now + TIMEOUT
        works = now + max(comes - now, chance.uniform(0.0, self.weather.latest)) if strike in _LATE else comes
        box: list[Reply] = []

        def work() -> None:
            box.append(self.serve(request, token))
            if attempt is not None:
                attempt.is_coming = False

        def give() -> None:
            if process.alive and not answer.done():
                answer.set_result(self._as_received(strike, box[0] if box else None))

        self.clock.at(comes, lambda: self._arrived(request, process))
        if strike not in _NO_WORK and strike not in _THROTTLES:
            if attempt is not None:
                attempt.is_coming = True
            self.clock.at(works, work)
        self.clock.at(back, give)

    def _arrived(self, request: Request, process: Process) -> None:
        if request.path != TOKEN:
            self.seen.arrivals.append((self.clock.now, process.number, request.is_write))
        is_first_page = "page=1&" in request.path
        if is_first_page:
            kind = next(entity.kind for entity in ENTITIES if request.path.startswith(f"{CONTENT}{entity.path}?"))
            self.seen.lists.append((kind, self.clock.now))
        if Kind.DRIFT in self.weather.kinds and "page=" in request.path and self.chance.random() < self.weather.rate:
            self.seen.faults[Kind.DRIFT] += 1
            self._drift()
        if (
            Kind.COLLEAGUE in self.weather.kinds
            and request.method == "POST"
            and request.path != TOKEN
            and self.chance.random() < self.weather.rate / 2
        ):
            self._add_the_same(request)

    def _drift(self) -> None:
        """A colleague adds a record of another title, or takes one away."""
        if self._passing and self.chance.random() < 0.5:
            self.store.delete(LESSON, self._passing.pop(0))
        else:
            body = {"CourseId": COURSE_NUMBER, "Title": f"Passing {len(self._passing)}", "DisplayOrder": 1}
            self._passing.append(self.store.create(LESSON, body, by=COLLEAGUE))

    def _add_the_same(self, request: Request) -> None:
        self.seen.faults[Kind.COLLEAGUE] += 1
        body = json.loads(request.body or b"{}")
        if self.chance.random() < 0.4:
            body["DisplayOrder"] += 1000
        self.store.create(_entity(request), body, by=COLLEAGUE)
        self.seen.touched.add(self.key_of(request))

    def _as_received(self, strike: Kind | None, reply: Reply | None) -> Result:
        if strike in (Kind.LATE, Kind.SWALLOWED):
            return NoAnswer("no answer in time")
        if strike in _RESET:
            return NoAnswer("the connection broke before the answer was complete")
        if strike in _THROTTLES:
            return self._throttle(strike)
        if strike in _STATUS:
            return Reply(_STATUS[strike], {}, b"<h1>Sorry</h1>")
        if strike is Kind.REFUSED:
            errors = [{"Message": "not today", "PropertyName": TITLE.name}]
            return Reply(400, {}, json.dumps({"WasSuccessful": False, "Errors": errors}).encode())
        assert reply is not None
        if strike in _SPOILT:
            return Reply(reply.status, reply.headers, garbled(reply.body, _SPOILT[strike]))
        return reply

    def _throttle(self, strike: Kind) -> Reply:
        seconds = self.chance.choice((1, 7, 30, 90))
        if strike is Kind.THROTTLE_BARE:
            return Reply(409, {}, b"")
        if strike is Kind.THROTTLE:
            return Reply(self.chance.choice((409, 429, 503)), {"retry-after": str(seconds)}, b"")
        date = formatdate(self.clock.now, usegmt=True)
        until = formatdate(int(self.clock.now) + seconds, usegmt=True)
        return Reply(409, {"retry-after": until, "date": date}, b"")

    def _delivered(self, process: Process, result: Result, attempt: Attempt | None) -> None:
        """What the process knows now."""
        number = None
        if isinstance(result, Reply):
            if result.status in (409, 429) or "retry-after" in result.headers:
                after = result.headers.get("retry-after", "60")
                process.quiet_until = max(
                    process.quiet_until, self.clock.now + (float(after) if after.isdigit() else 1.0)
                )
            number = _created(result) if attempt is not None else None
        if attempt is not None:
            attempt.ended_at = self.clock.now
            attempt.is_clear = isinstance(result, Reply) and (
                number is not None or result.status in (400, 401, 409, 429)
            )
            attempt.is_clear |= isinstance(result, Reply) and "retry-after" in result.headers
        if number is not None:
            process.words.add(number)

    def died(self, process: Process) -> None:
        """A process is gone: what it was waiting for has ended for it."""
        for attempt in self.seen.attempts:
            if attempt.process == process.number and attempt.ended_at is None:
                attempt.ended_at = self.clock.now

    # --- the service itself -----------------------------------------------------------------------------

    def serve(self, request: Request, token: str | None) -> Reply:
        """What the sandbox answers, at once."""
        address = urlsplit(request.path)
        headers = [(b"content-type", request.content_type.encode())]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "method": request.method,
            "path": address.path,
            "raw_path": address.path.encode(),
            "root_path": "",
            "query_string": address.query.encode(),
            "headers": headers,
            "http_version": "1.1",
            "scheme": "http",
            "server": ("sandbox", 80),
            "client": None,
            "state": {},
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": request.body or b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        try:
            self._app(scope, receive, send).__await__().__next__()
        except StopIteration:
            pass
        else:
            raise AssertionError("the sandbox waits for something")
        given = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Reply(sent[0]["status"], given, b"".join(message.get("body", b"") for message in sent[1:]))

    def key_of(self, request: Request) -> NaturalKey:
        """The natural key of what a request wants to create."""
        body = json.loads(request.body or b"{}")
        return self._key(_entity(request), body)

    def _key(self, entity: Entity, body: MutableMapping[str, Any]) -> NaturalKey:
        section = body.get("SectionId")
        above = self.store.get(SECTION, section) if isinstance(section, int) else None
        return entity.kind, str(above[TITLE.name]) if above else "", str(body[TITLE.name])

    def held(self) -> dict[tuple[str, int], tuple[NaturalKey, str]]:
        """Every record by kind and id: its natural key, and who made it."""
        return {
            (entity.kind, int(str(record["Id"]))): (self._key(entity, record), str(record["UpdatedBy"]))
            for entity in ENTITIES
            for record in self.store.find(entity, Query())[0]
        }

    def made(self) -> Counter[NaturalKey]:
        """How many records the program made of each natural key."""
        return Counter(key for key, by in self.held().values() if by == OPS.name)

    def coming(self) -> Counter[NaturalKey]:
        """How many it will still have made, without another request."""
        return Counter(attempt.key for attempt in self.seen.attempts if attempt.is_coming)


def _entity(request: Request) -> Entity:
    return next(entity for entity in ENTITIES if request.path == CONTENT + entity.path)


def _created(reply: Reply) -> int | None:
    """The id in an answer that leaves no doubt."""
    try:
        answer = json.loads(reply.body)
        number = answer["Value"]["Id"] if reply.status == 200 and answer["WasSuccessful"] is True else None
    except (ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) and number > 0 else None
