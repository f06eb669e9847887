import pytest

from tests.torture.figures import replay
from tests.torture.world import KILLS, torture

SEEDS = range(8)


def test_at_least_thirty_processes_are_killed() -> None:
    assert len(SEEDS) * KILLS >= 30


@pytest.mark.parametrize("seed", SEEDS)
def test_a_command_that_is_killed_loses_no_row_and_makes_none_twice(seed: int) -> None:
    tale = torture(seed)
    assert tale.broken == [], replay(seed)
    assert (tale.kills.total(), tale.twins) == (KILLS, 0), replay(seed)
    assert tale.posts == tale.rows + tale.lost, replay(seed)
