"""A slice of a plan, to try it with: so many rows that differ most from each other. Pure.

What stands above a row that is taken is taken too; of what is deleted, what stands below. First come the rows of each
kind with each combination of choices, then the columns that no row taken so far has filled, then what is left of
differences; and where the rows taken show all there is to see, sections are filled up with their lessons.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from importer.entities import Field, Kind
from importer.model import Operation, Outcome, RowKey, Verb, Verdict
from importer.problems import Code, Problem

_TOLD_APART: Final = (Kind.CHOICE, Kind.YES_NO)
"""Kinds of cells whose values are few, so that each of them is a case of its own."""


class Look(NamedTuple):
    """What of a row makes it another case than other rows."""

    kind: str
    verb: Verb
    choices: tuple[object, ...]
    features: frozenset[tuple[object, ...]]
    """Each value of a choice and each column that is filled, by itself."""

    @property
    def combination(self) -> tuple[object, ...]:
        """The case that it is in the first place."""
        return self.kind, self.verb, self.choices


def look_of(operation: Operation) -> Look:
    """How a row looks, its own words and numbers apart."""
    kind = operation.entity.kind
    filled = [one for one in operation.entity.fields if one.name in operation.payload]
    choices = tuple((one.name, operation.payload[one.name]) for one in filled if one.kind is Kind.CHOICE)
    features = {(kind, one.name, *_case(one, operation)) for one in filled}
    return Look(kind=kind, verb=operation.verb, choices=choices, features=frozenset(features))


def _case(field: Field, operation: Operation) -> Iterator[object]:
    """Which case a filled cell is: its value where there are few, else no more than what may be taken differently."""
    value = operation.payload[field.name]
    if field.kind in _TOLD_APART:
        yield value
    elif isinstance(value, str):
        yield from (len(str(len(value))), value.isascii())
    else:
        yield bool(value) or field.name in operation.parents


def trial(operations: Sequence[Operation], most: int, first: Collection[RowKey] = ()) -> frozenset[RowKey]:
    """The keys of the rows to take: `most` of them, or all where there are no more.

    `operations` come as a plan has them, each after those that it needs. Those of `first` go before all others.
    """
    if len(operations) <= most:
        return frozenset(one.key for one in operations)
    taking = _Taking(operations, most)
    for one in operations:
        if one.key in first:
            taking.take_if_it_fits(one.key)
    taking.take_what_differs()
    taking.fill_up()
    return frozenset(taking.taken)


def left_for_later(operations: Iterable[Operation], most: int) -> dict[RowKey, Verdict]:
    """What is said of the rows that were not taken."""
    return {one.key: Verdict(outcome=Outcome.PENDING, problems=(_later(one, most),)) for one in operations}


def _later(one: Operation, most: int) -> Problem:
    return Problem(code=Code.LEFT_FOR_LATER, place=one.place, row=one.key.row, details={"limit": most})


def _needed(operations: Sequence[Operation]) -> Mapping[RowKey, Sequence[RowKey]]:
    """The rows that have to come before each: those above it, or those that delete what stands below its record."""
    keys = {one.key for one in operations}
    needed = {one.key: [key for key in one.parents.values() if key in keys] for one in operations}
    going: dict[tuple[str, object], RowKey] = {
        (one.entity.kind, one.id): one.key for one in operations if one.verb is Verb.DELETE
    }
    for one in operations:
        for parent in one.entity.parents if one.verb is Verb.DELETE else ():
            above = going.get((parent.kind, (one.before or {}).get(parent.id)))
            if above is not None:
                needed[above].append(one.key)
    return needed


_Chain = tuple[Look, ...]
"""How a row looks that could be taken, after those that it needs and that would have to be taken with it."""


class _Taking:
    """The rows taken so far, and what could be taken next.

    Of all rows that look alike, with alike rows to be taken above them, only the first can be the next: so a step
    costs as much as there are different looks, however many rows there are.
    """

    def __init__(self, operations: Sequence[Operation], most: int) -> None:
        self.taken: set[RowKey] = set()
        self._most = most
        self._order = {one.key: number for number, one in enumerate(operations)}
        self._keys = [one.key for one in operations]
        self._looks = [look_of(one) for one in operations]
        self._above: dict[RowKey, tuple[RowKey, ...]] = {}
        self._below: defaultdict[RowKey, list[RowKey]] = defaultdict(list)
        self._next: defaultdict[_Chain, list[int]] = defaultdict(list)
        self._combinations: set[object] = set()
        self._features: set[object] = set()
        self._seen: set[Look] = set()
        needed = _needed(operations)
        for one in operations:
            self._enter(one, needed[one.key])
        for key in self._keys:
            self._offer(key)

    def _enter(self, one: Operation, needed: Iterable[RowKey]) -> None:
        above = {key for first in needed for key in (*self._above[first], first)}
        self._above[one.key] = tuple(sorted(above, key=self._order.__getitem__))
        for key in above:
            self._below[key].append(one.key)

    def _offer(self, key: RowKey) -> None:
        """What has rows below it comes with one of them: a section without a lesson shows little."""
        if key not in self._below or self._looks[self._order[key]].verb is Verb.DELETE:
            heappush(self._next[self._chain(key)], self._order[key])

    def _bundle(self, key: RowKey) -> list[RowKey]:
        """The row with those that it needs and that are not taken yet."""
        return [*(above for above in self._above[key] if above not in self.taken), key]

    def _chain(self, key: RowKey) -> _Chain:
        return tuple(self._looks[self._order[one]] for one in self._bundle(key))

    @property
    def _room(self) -> int:
        return self._most - len(self.taken)

    def take_if_it_fits(self, key: RowKey) -> None:
        """Take a row with what has to come along, unless that is more than there is room for."""
        bundle = self._bundle(key)
        if key in self.taken or len(bundle) > self._room:
            return
        self.taken.update(bundle)
        for one in bundle:
            look = self._looks[self._order[one]]
            self._combinations.add(look.combination)
            self._features |= look.features
            self._seen.add(look)
        for below in {below for one in bundle for below in self._below.get(one, ())} - self.taken:
            self._offer(below)

    def take_what_differs(self) -> None:
        """Take what shows most that no row taken so far shows, until there is nothing of that."""
        if not self.taken:
            # A slice shows the most where it goes all the way down.
            self._take_best(len)
        while self._room and self._take_best(lambda chain: 0):
            pass

    def _take_best(self, before_all: Callable[[_Chain], int]) -> bool:
        """Take what shows most for each row that it takes, the shorter and earlier where several show as much."""
        worth = [
            (before_all(chain), *self._news(chain), -len(chain), -order)
            for chain, order in self._offers()
            if len(chain) <= self._room
        ]
        if worth:
            self.take_if_it_fits(self._keys[-max(worth)[-1]])
        return bool(worth)

    def _offers(self) -> Iterator[tuple[_Chain, int]]:
        """The first row of each chain that shows something new; what shows nothing never will."""
        for chain, waiting in list(self._next.items()):
            while waiting and not self._is_offered(self._keys[waiting[0]], chain):
                heappop(waiting)
            if waiting and any(self._news(chain)):
                yield chain, waiting[0]
            else:
                del self._next[chain]

    def _is_offered(self, key: RowKey, chain: _Chain) -> bool:
        return key not in self.taken and self._chain(key) == chain

    def _news(self, chain: _Chain) -> tuple[float, float, float]:
        """How many combinations, features and looks a chain would show that nothing taken shows, for each row of it."""
        combinations = {look.combination for look in chain} - self._combinations
        features = frozenset[object]().union(*(look.features for look in chain)) - self._features
        looks = set(chain) - self._seen
        return len(combinations) / len(chain), len(features) / len(chain), len(looks) / len(chain)

    def fill_up(self) -> None:
        """Take the rest from above, each row followed by those below it."""
        for key in sorted(self._keys, key=self._path):
            if not self._room:
                return
            self.take_if_it_fits(key)

    def _path(self, key: RowKey) -> list[int]:
        return [self._order[one] for one in (*self._above[key], key)]
