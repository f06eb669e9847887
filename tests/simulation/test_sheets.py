"""The sheets of the simulated worlds: nothing is wrong with any of them, so that every row has to be sent."""

import pytest

from importer.validate import validate
from tests.simulation.sheets import SHAPES, shape
from tests.simulation.world import EDITIONS


@pytest.mark.parametrize("has_course", [False, True])
def test_nothing_is_wrong_with_any_of_them(has_course: bool) -> None:
    imports = [shape(number, edition, has_course=has_course) for number in range(SHAPES) for edition in range(EDITIONS)]
    found = [validate(work.prepared.tables, allow_duplicates=True) for work in imports]
    assert [problem for problems in found for problem in problems if problem.is_error] == []
