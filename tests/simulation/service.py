"""The service of a simulated world: the sandbox's own application, behind a network that fails as told."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from importer.answers import NotSent, Reply, Request, Result
from importer.api import CONTENT
from importer.entities import COURSE, TITLE
from importer.sandbox import NO_LIMITS, Faults, Store, create_app
from importer.tokens import TOKEN
from tests.simulation.altered import Altered, Altering, Record, record_of
from tests.simulation.clock import Clock
from tests.simulation.faults import STRIKES, Kind, Only, Strike, Weather, Works
from tests.simulation.people import OTHER_COURSE, People
from tests.simulation.process import Process
from tests.simulation.replies import received, throttled
from tests.simulation.sheets import COURSE as COURSE_NUMBER
from tests.simulation.sheets import Import, NaturalKey
from tests.simulation.truth import Attempt, Truth, created_by, entity_of

TIMEOUT: Final = 150.0
_FAIR: Final = Strike(Works.AT_ONCE, is_clear=True)
_THROTTLES: Final = frozenset(kind for kind in Kind if kind.name.startswith("THROTTLE"))
_UNCLEAR: Final = (Kind.NO_ERRORS, Kind.GATEWAY_BEFORE, Kind.CONFLICT_BEFORE)


class SimulatedService:
    """The service. Its time goes on when a process dies."""

    def __init__(self, clock: Clock, chance: random.Random, weather: Weather) -> None:
        self.clock = clock
        self.chance = chance
        self.weather = weather
        self.wanted = Counter[NaturalKey]()
        """How many records of each natural key the sheets ask for."""
        self.store = Store(clock=lambda: clock.now)
        self.store.create(COURSE, {TITLE.name: "Welcome"}, id=COURSE_NUMBER)
        self.store.create(COURSE, {TITLE.name: "Another"}, id=OTHER_COURSE)
        self.truth = Truth(self.store, clock)
        self.truth.others = frozenset({OTHER_COURSE})
        self.people = People(self.truth, chance)
        self.altered = Altered(clock)
        self.edit_by_hand: Callable[[Record], object] = lambda record: None
        """What a colleague does now and then while records change."""
        self.faults = Faults()
        self.outage = (0.0, 0.0)
        self.ways: Sequence[Kind] = ()
        """What becomes of requests during an outage."""
        self.answers_no_create = False
        """Whether nothing is created, and no answer says so: everything else works."""
        self._app = create_app(
            self.store,
            limits=NO_LIMITS,
            faults=self.faults,
            page_cap=chance.choice((2, 3, 5, 100)),
            clock=lambda: clock.now,
        )

    def wants(self, works: Iterable[Import]) -> None:
        """These sheets are imported, one after the other: what several ask for is wanted once."""
        for work in works:
            self.wanted |= Counter(work.keys.values())

    def calm_down(self) -> None:
        """From now on nothing goes wrong; what is on its way stays as it is."""
        self.weather = Weather.fair()
        self.faults.list_lag = 0.0
        self.outage = (0.0, 0.0)

    # --- a request on its way ---------------------------------------------------------------------------

    async def perform(self, process: Process, request: Request, token: str | None) -> Result:
        """Take a request from a process, and give what it gets."""
        is_create = request.method == "POST" and request.path.startswith(CONTENT)
        kind = self._strike(request)
        if kind is Kind.CONNECT:
            await asyncio.sleep(self.chance.uniform(0.0, 10.0))
            process.effect()
            return NotSent("no connection could be made")
        if kind is Kind.EXPIRED:
            self.faults.expire_tokens()
        altering = self.altered.leaving(process.number, request)
        attempt = None
        if is_create:
            truth = self.truth
            attempt = Attempt(process.number, truth.key_of(request), self.clock.now, truth.generation)
            truth.attempts.append(attempt)
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._send_off(request, token, kind, process, answer, attempt, altering)
        result = await answer
        self._delivered(process, request, result, kind, attempt)
        process.effect()
        return result

    def _strike(self, request: Request) -> Kind | None:
        begin, end = self.outage
        if begin <= self.clock.now < end and not (self.ways == (Kind.ROLE_LOST,) and request.path == TOKEN):
            kind: Kind | None = self.chance.choice(self.ways)
        elif self.answers_no_create and _sort(request) is Only.CREATE:
            kind = self.chance.choice(_UNCLEAR)
        else:
            kind = self.weather.strikes(self.chance, _sort(request))
        if kind is not None:
            self.truth.faults[kind] += 1
        return kind

    def _send_off(
        self,
        request: Request,
        token: str | None,
        kind: Kind | None,
        process: Process,
        answer: "asyncio.Future[Result]",
        attempt: Attempt | None,
        altering: Altering | None,
    ) -> None:
        strike = STRIKES.get(kind, Strike()) if kind is not None else _FAIR
        tracked = [one for one in (attempt, altering) if one is not None]
        comes, works, back = self._moments(strike)
        box: list[Reply] = []
        shown_at: list[float] = []

        def work() -> None:
            box.append(self.serve(request, token))
            shown_at.append(self.clock.now)
            self.altered.worked(box[0], altering)
            if attempt is not None:
                self._worked(request, box[0], attempt)

        def give() -> None:
            if process.alive and not answer.done():
                own = box[0] if box else None
                result = self._as_received(kind, own, request, process)
                self.altered.answered(process.number, request, result, shown_at)
                if attempt is not None:
                    attempt.is_clear = result is own
                answer.set_result(result)

        self.clock.at(comes, lambda: self._arrived(request, process))
        if strike.works is not Works.NEVER:
            for one in tracked:
                one.is_coming = True
            self.clock.at(works, work)
        self.clock.at(back, give)

    def _moments(self, strike: Strike) -> tuple[float, float, float]:
        """When a request comes, when its work is done if it is, and when its answer is there."""
        now, chance = self.clock.now, self.chance
        comes = now + chance.uniform(0.001, 0.4)
        back = comes + chance.uniform(0.001, chance.choice((0.4, 0.4, 5.0)))
        later = max(comes, now + chance.uniform(0.0, self.weather.latest))
        return comes, later if strike.works is Works.LATER else comes, now + TIMEOUT if strike.comes_late else back

    def _worked(self, request: Request, reply: Reply, attempt: Attempt) -> None:
        attempt.is_coming = False
        attempt.made = created_by(reply)
        if attempt.made is not None:
            self.truth.created(entity_of(request), attempt.made, attempt.key[2])

    def _arrived(self, request: Request, process: Process) -> None:
        truth, weather = self.truth, self.weather
        if request.path == TOKEN:
            return
        # What a killed process had on its way comes a moment later, which no journal can know: it counts from the kill.
        at = self.clock.now if process.died_at is None else min(self.clock.now, process.died_at)
        truth.arrivals.append((at, process.number, request.is_write))
        is_list = "page=" in request.path
        if "page=1&" in request.path and "Title=" not in request.path:
            truth.lists.append((entity_of(request).kind, self.clock.now))
        happens = self.chance.random() < weather.rate
        if is_list and happens and Kind.DRIFT in weather.kinds:
            self.people.drift()
        if request.is_write and happens:
            self._somebody_works(request)

    def _somebody_works(self, request: Request) -> None:
        if request.method != "POST":
            self.edit_by_hand(record_of(request))
            return
        deeds = {
            Kind.COLLEAGUE: lambda: self.people.add_the_same(request),
            Kind.DELETED: self.people.delete_a_lesson,
            Kind.SECTION_DELETED: self.people.delete_a_section,
        }
        possible = [deed for kind, deed in deeds.items() if kind in self.weather.kinds]
        if possible:
            self.chance.choice(possible)()

    def _as_received(self, kind: Kind | None, reply: Reply | None, request: Request, process: Process) -> Result:
        if kind in _THROTTLES:
            assert kind is not None
            answer, process.asked_to_wait = throttled(kind, self.clock.now, self.chance)
            return answer
        if kind is Kind.OTHER_ID:
            told = self.truth.told[process.number]
            own = entity_of(request).kind
            other = max((number for number, its_kind in told.items() if its_kind == own), default=None)
            return received(kind, reply, self.chance, other)
        return received(kind, reply, self.chance, None)

    def _delivered(
        self, process: Process, request: Request, result: Result, kind: Kind | None, attempt: Attempt | None
    ) -> None:
        """What the process knows now."""
        if process.asked_to_wait is not None:
            process.quiet_until = max(process.quiet_until, self.clock.now + process.asked_to_wait)
            process.asked_to_wait = None
        if attempt is None:
            return
        attempt.ended_at = self.clock.now
        # Who is not signed in had no effect, whatever becomes of the body of the answer.
        refused = isinstance(result, Reply) and result.status == 401
        attempt.is_clear |= refused or (kind is not None and STRIKES.get(kind, _FAIR).is_clear)
        number = created_by(result) if isinstance(result, Reply) else None
        if number is not None and attempt.is_clear:
            self.truth.told[process.number][number] = entity_of(request).kind

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
            "query_string": self._query(address.query).encode(),
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

    def _query(self, query: str) -> str:
        """What the service makes of a query: it may know nothing of the filter by course."""
        if Kind.FILTER_IGNORED not in self.weather.kinds or "page=" not in query:
            return query
        self.truth.faults[Kind.FILTER_IGNORED] += 1
        return urlencode([(name, value) for name, value in parse_qsl(query) if not name.endswith("_Course")])


def _sort(request: Request) -> Only:
    if request.path == TOKEN:
        return Only.RENEWAL if b"grant_type=refresh_token" in (request.body or b"") else Only.ANY
    if request.is_write:
        return Only.CREATE
    return Only.LIST if "page=" in request.path else Only.ANY
