"""Two thousand worlds in which everything goes wrong, and in which every promise holds."""

from collections.abc import Iterable
from itertools import count

import pytest

from tests.simulation.faults import Kind, Weather
from tests.simulation.figures import Figures, replay
from tests.simulation.mutants import MUTANTS, caught_by
from tests.simulation.world import simulate

CHUNK = 100
SEEDS = 2000


def _live(seeds: Iterable[int], *, beyond: bool = False) -> Figures:
    figures = Figures()
    for seed in seeds:
        figures.add(simulate(seed, beyond=beyond))
    told = "\n".join(f"{replay(seed)}: {broken[0]}" for seed, broken in figures.broken.items())
    assert not figures.broken, told
    return figures


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_promise_holds_whatever_goes_wrong(first: int) -> None:
    _live(range(first, first + CHUNK))


def test_every_fault_and_every_move_occurs() -> None:
    figures = Figures()
    for seed in range(10_000, 10_000 + SEEDS):
        figures.add(simulate(seed))
        if not figures.never:
            break
    assert figures.never == []


def test_a_record_that_comes_later_than_can_be_expected_is_told_of() -> None:
    _live(range(60), beyond=True)


def test_in_fair_weather_each_row_is_sent_once() -> None:
    tales = [simulate(seed, weather=Weather.fair()) for seed in range(20)]
    assert [tale.broken for tale in tales] == [[]] * 20
    assert all(tale.posts == tale.moves.total() / 2 for tale in tales)


def test_a_seed_tells_the_same_tale_each_time() -> None:
    assert simulate(5) == simulate(5)


@pytest.mark.parametrize("seed", [3, 4])
def test_killed_at_any_effect_it_loses_nothing_and_makes_nothing_twice(seed: int) -> None:
    for effect in count(1):
        tale = simulate(seed, weather=Weather.fair(), killed_at=effect)
        assert not tale.broken, (effect, tale.broken)
        if not tale.faults[Kind.CRASH]:
            break
    assert effect > 20


@pytest.mark.parametrize("name", list(MUTANTS)[:10])
def test_a_planted_fault_is_caught(name: str) -> None:
    assert caught_by(MUTANTS[name], 200) is not None
