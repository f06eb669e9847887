"""Rows of which nobody knows whether their record was created, and what looking at the service's lists says of them.

Pure: no clock, no network. Times are seconds on the run's clock. The rules: a record counts as the row's own only
if it was not there before the row was sent, no other row claims it, and it has the row's course, section and title.
A number that a row of an earlier run has under another title is no claim: the service began its numbers anew.
That a record is absent is proven by two complete lists that do not show it, the later one asked for no sooner than
`settle` seconds after the attempt ended.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from importer.derive.keys import are_alike, folded
from importer.model import Claim, Held, Operation

LOOKS: Final = (2.0, 10.0, 60.0)
"""Seconds after the end of an attempt at which the lists are looked at, besides the moment of `settle`."""

MOST_OPEN: Final = 3
"""Doubts that may be open before nothing more is sent: each one costs a person's time if it cannot be settled."""

_NONE: Final[Mapping[int, Claim]] = MappingProxyType({})

_PROOF: Final = 2
_SOON: Final = 1.0
"""Seconds until the second look where one was not enough for a proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A row whose last attempt ended without a clear answer.

    `baseline` are the ids that the list of its kind and course showed before it was first sent, `parent` the id
    above it, `numbers` the whole numbers of its payload, `digest` what tells the body that was sent from others (empty
    where it is not known). `absent` says when the complete lists were asked for that
    did not show it.
    """

    operation: Operation
    parent: int | None
    numbers: Mapping[str, int] = field(repr=False)
    baseline: frozenset[int] = field(repr=False)
    ended_at: float
    reason: str
    digest: str = ""
    looks: int = 0
    absent: tuple[float, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """Whose list shows it: its kind and course."""
        return self.operation.entity.kind, self.operation.course

    @property
    def parents(self) -> frozenset[int | None]:
        """The ids above it: that with which it was sent, and today's, where what was above was made anew."""
        within = self.operation.entity.within
        named = self.operation.payload.get(within.id) if within else None
        return frozenset({self.parent, named if isinstance(named, int) else self.parent})


@dataclass(frozen=True, slots=True)
class Adopt:
    """The record is there, and nobody else's that is known."""

    id: int


@dataclass(frozen=True, slots=True)
class Several:
    """More than one record may be the row's: a person has to look."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The record is proven not to be there, so the row may be sent again."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """One with the row's title came meanwhile, but with other numbers: somebody else's, as far as numbers are kept."""

    id: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Records that may be the row's under a title that the service made of it: a person has to look."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Nothing is certain yet."""

    doubt: Doubt


Finding = Adopt | Several | Absent | Foreign | Alike | Open


def next_look(doubt: Doubt, settle: float) -> float:
    """When to look at the lists next."""
    moments = [*(look for look in LOOKS if look < settle), settle]
    if doubt.looks < len(moments):
        return doubt.ended_at + moments[doubt.looks]
    return max(doubt.absent[-1] if doubt.absent else doubt.ended_at, doubt.ended_at + settle) + _SOON


def rewritten(known: Iterable[tuple[Mapping[str, object], Mapping[str, int]]]) -> frozenset[str]:
    """The numbers that the service makes others of, by records whose rows are known: what was sent, what is shown."""
    kept, changed = set[str](), set[str]()
    for sent, shown in known:
        for name in sent.keys() & shown.keys():
            (kept if sent[name] == shown[name] else changed).add(name)
    return frozenset(changed - kept)


def judge(
    doubt: Doubt,
    listing: Sequence[Held],
    claimed: Collection[int],
    *,
    asked_at: float,
    settle: float,
    unkept: Collection[str] = (),
    earlier: Mapping[int, Claim] = _NONE,
    others: Collection[str] = (),
) -> Finding:
    """What a complete list of the doubt's kind and course, asked for at `asked_at`, says.

    `claimed` are the ids that rows of this run are known to have, `earlier` what is known of the rows of earlier runs
    that have ids, `unkept` the numbers that say nothing as the service makes others of them, `others` the folded titles
    of the other rows of this run.
    """
    title, parents = folded(doubt.operation.title), doubt.parents
    fresh = [
        held
        for held in listing
        if held.id not in doubt.baseline
        and held.id not in claimed
        and held.parent in parents
        and not _is_anothers(held, earlier.get(held.id), doubt)
        and _has_key(held, doubt, unkept)
    ]
    news = [held for held in fresh if folded(held.title) == title]
    own = [held for held in news if _agrees(held, doubt, unkept)]
    if len(own) == 1:
        return Adopt(own[0].id)
    if own:
        return Several(tuple(sorted(held.id for held in own)))
    absent = (*doubt.absent, asked_at)
    if len(absent) < _PROOF or asked_at < doubt.ended_at + settle:
        return Open(replace(doubt, looks=doubt.looks + 1, absent=absent))
    if news:
        return Foreign(min(held.id for held in news))
    alike = [held.id for held in fresh if folded(held.title) not in others and are_alike(held.title, title)]
    return Alike(tuple(sorted(alike))) if alike else Absent()


def is_as_sent(held: Held, operation: Operation) -> bool:
    """Whether a record is in the course and section that a row was sent with, and has its title."""
    within = operation.entity.within
    above = operation.payload.get(within.id) if within else None
    is_there = held.course == operation.course and held.parent == above
    return is_there and folded(held.title) == folded(operation.title)


def _is_anothers(held: Held, claim: Claim | None, doubt: Doubt) -> bool:
    """Whether a record is known to be that of another row, whose title it has.

    What the row itself made in an earlier run was gone before it was sent anew: a new record with that number is new.
    """
    if claim is None or claim.identity == doubt.operation.identity:
        return False
    return folded(claim.title) == folded(held.title)


def _has_key(held: Held, doubt: Doubt, unkept: Collection[str]) -> bool:
    """Whether the numbers of the natural key are the row's, as far as they are shown and kept."""
    sent = doubt.numbers
    names = [name for name in doubt.operation.entity.key_numbers if name in sent and name not in unkept]
    return all(held.numbers.get(name, sent[name]) == sent[name] for name in names)


def _agrees(held: Held, doubt: Doubt, unkept: Collection[str]) -> bool:
    """Whether the numbers that the list shows are those that were sent; what it does not show cannot disagree."""
    silent = {*unkept, *(parent.id for parent in doubt.operation.entity.named_parents)}
    sent = doubt.numbers
    return all(sent[name] == value for name, value in held.numbers.items() if name in sent and name not in silent)
