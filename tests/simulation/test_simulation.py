"""Two thousand worlds in which everything goes wrong, and in which every promise holds."""

from collections import Counter

import pytest

from importer.delivery import State
from tests.simulation.changing import simulate_changes
from tests.simulation.faults import Weather
from tests.simulation.figures import Figures, many, replay
from tests.simulation.kills import CHANGES, PLANS, amid_changes, everywhere, pairs
from tests.simulation.life import simulate
from tests.simulation.mutants import caught
from tests.simulation.plants_of_changes import PLANTS_OF_CHANGES

SEEDS = 2000


def _broken(figures: Figures) -> str:
    return "\n".join(f"{replay(seed)}: {broken[0]}" for seed, broken in figures.broken.items())


def test_every_promise_holds_whatever_goes_wrong_and_everything_does() -> None:
    figures = many(range(SEEDS))
    assert not figures.broken, _broken(figures)
    assert figures.never == []
    assert figures.twins == 0


def test_in_fair_weather_each_row_is_sent_once() -> None:
    tales = [simulate(seed, weather=Weather.fair()) for seed in range(20)]
    assert [tale.broken for tale in tales] == [[]] * 20
    assert [tale.posts for tale in tales] == [tale.moves[State.INFLIGHT, State.DONE] for tale in tales]


def test_a_seed_tells_the_same_tale_each_time() -> None:
    assert simulate(5) == simulate(5)


@pytest.mark.parametrize("seed", CHANGES)
def test_killed_at_any_effect_no_change_is_lost_and_nothing_is_said_that_is_not_so(seed: int) -> None:
    deaths = amid_changes(seed)
    assert deaths.broken == []
    assert deaths.points > 20


def test_in_fair_weather_each_record_is_changed_once() -> None:
    tales = [simulate_changes(seed, weather=Weather.fair()) for seed in range(20)]
    assert [tale.broken for tale in tales] == [[]] * 20
    moves = sum((tale.moves for tale in tales), Counter[tuple[State, State]]())
    sent, done = moves[State.PENDING, State.INFLIGHT], moves[State.INFLIGHT, State.DONE]
    # Those that were about to leave when somebody asked the run to stop are sent by the next one.
    held_back = moves[State.INFLIGHT, State.PENDING]
    assert (sent, moves[State.INFLIGHT, State.UNKNOWN]) == (done + held_back, 0)
    assert done > 50 > 5 * held_back


@pytest.mark.parametrize("name", PLANTS_OF_CHANGES)
def test_a_fault_planted_in_the_changing_of_records_is_caught(name: str) -> None:
    assert caught(name, 100) is not None


@pytest.mark.parametrize("seed", PLANS)
def test_killed_at_any_effect_it_loses_nothing_and_makes_nothing_twice(seed: int) -> None:
    deaths = everywhere(seed)
    assert deaths.broken == []
    assert deaths.points > 20


def test_killed_twice_it_loses_nothing_and_makes_nothing_twice() -> None:
    deaths = pairs(200)
    assert deaths.broken == []
    assert deaths.pairs == 200


@pytest.mark.parametrize(
    "name",
    [
        "sends before the intent is stored",
        "sends again on the first list that does not show the record",
        "takes a line that broke for one that was never there",
        "forgets what was in flight at a crash",
        "stores a section's number after its lessons leave",
        "tries a failed commit again",
        "takes the service's filter by course for granted",
        "has any number of rows in doubt",
        "ignores a throttle",
        "counts a request for the limits when its answer is there",
    ],
)
def test_a_planted_fault_is_caught(name: str) -> None:
    assert caught(name, 100) is not None
