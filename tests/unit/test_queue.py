"""What may be sent next: whatever happens in whichever order, nothing is lost, doubled or early."""

from collections import defaultdict
from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from importer.entities import SECTION
from importer.model import Operation, RowKey
from importer.send.queue import Queue, natural_key
from tests.builders import operation_of


def section(row: int, title: str = "") -> Operation:
    return operation_of(title or f"Section {row}", row=row, entity=SECTION)


def lesson(row: int, above: int | None = None, title: str = "") -> Operation:
    return operation_of(title or f"Lesson {row}", row=row, section_row=above)


def test_waves_come_one_after_the_other() -> None:
    first, second, below = section(2), section(3), lesson(4)
    queue = Queue.of([[first, second], [below]])
    assert [queue.take(), queue.take(), queue.take()] == [first, second, None]
    queue.settled(first)
    assert queue.take() is None
    queue.settled(second)
    assert queue.take() is below


def test_a_section_in_doubt_holds_back_its_lessons_and_no_others() -> None:
    above, below, loose = section(2), lesson(2, above=2), lesson(3)
    queue = Queue.of([[above], [below, loose]])
    queue.take()
    queue.doubted(above)
    assert [queue.take(), queue.take()] == [loose, None]
    queue.cleared(above, again=False)
    assert queue.take() is below


def test_lessons_wait_also_while_their_section_is_sent_again() -> None:
    above, below = section(2), lesson(2, above=2)
    queue = Queue.of([[above], [below]])
    queue.take()
    queue.doubted(above)
    queue.cleared(above, again=True)
    assert [queue.take(), queue.take()] == [above, None]
    queue.settled(above)
    assert queue.take() is below


def test_a_row_at_rest_holds_back_its_own_and_nobody_else() -> None:
    above, twin, below, loose = section(2, "Week 1"), section(3, "Week 1"), lesson(2, above=2), lesson(3)
    queue = Queue.of([[above, twin], [below, loose]])
    assert queue.take() is above
    queue.rests(above, 50.0)
    assert [queue.take(), queue.take()] == [loose, None]
    queue.settled(loose)
    assert (queue.is_empty, queue.moments) == (True, [50.0])
    queue.wake(49.0)
    assert queue.take() is None
    queue.wake(50.0)
    assert (queue.moments, [queue.take(), queue.take()]) == ([], [above, None])
    queue.settled(above)
    assert [queue.take(), queue.take()] == [below, twin]


def test_a_row_waits_for_its_twin_and_its_own_lessons_for_it() -> None:
    one, twin, below = section(2, "Week 1"), section(3, " Week  1"), lesson(2, above=3)
    queue = Queue.of([[one, twin], [below]])
    assert [queue.take(), queue.take()] == [one, None]
    queue.doubted(one)
    assert queue.take() is None
    queue.cleared(one, again=False)
    assert [queue.take(), queue.take()] == [twin, None]


def test_a_row_that_begins_in_doubt_holds_back_as_well() -> None:
    above, below, twin = section(2), lesson(2, above=2), section(3, "Section 2")
    queue = Queue.of([[twin], [below]])
    queue.begins_in_doubt(above)
    assert (queue.take(), queue.is_empty) == (None, True)
    queue.cleared(above, again=False)
    assert (queue.take(), queue.is_empty) == (below, False)


class Play:
    """A queue, and what is known about its rows from outside."""

    def __init__(self, sections: list[Operation], lessons: list[Operation], first_in_doubt: int) -> None:
        self.queue = Queue.of([sections[first_in_doubt:], lessons])
        self.all = [*sections, *lessons]
        self.flying: list[Operation] = []
        self.doubtful = sections[:first_in_doubt]
        self.settled: set[RowKey] = set()
        for one in self.doubtful:
            self.queue.begins_in_doubt(one)

    def take(self) -> bool:
        operation = self.queue.take()
        if operation is None:
            return False
        opened: defaultdict[Hashable, list[Operation]] = defaultdict(list)
        for one in [*self.flying, *self.doubtful]:
            opened[natural_key(one)].append(one)
        assert operation.key not in self.settled
        assert operation not in opened[natural_key(operation)], "taken twice"
        assert not opened[natural_key(operation)], "two rows of one natural key are open"
        assert self.settled.issuperset(operation.parents.values()), "a child before its parent"
        self.flying.append(operation)
        return True

    def end(self, operation: Operation) -> None:
        self.flying.remove(operation)
        self.queue.settled(operation)
        self.settled.add(operation.key)

    def doubt(self, operation: Operation) -> None:
        self.flying.remove(operation)
        self.queue.doubted(operation)
        self.doubtful.append(operation)

    def clear(self, operation: Operation, *, again: bool) -> None:
        self.doubtful.remove(operation)
        self.queue.cleared(operation, again=again)
        if not again:
            self.settled.add(operation.key)


@given(data=st.data())
def test_in_whatever_order_things_happen_every_row_gets_its_turn_and_no_other_row_is_early(data: st.DataObject) -> None:
    titles = st.sampled_from("abc")
    sections = [section(row, data.draw(titles)) for row in range(2, 2 + data.draw(st.integers(0, 5)))]
    rows = st.none() | st.sampled_from([one.key.row for one in sections]) if sections else st.none()
    lessons = [lesson(row, data.draw(rows), data.draw(titles)) for row in range(2, 2 + data.draw(st.integers(0, 8)))]
    unlike = len({natural_key(one) for one in sections[:2]}) == len(sections[:2])
    play = Play(sections, lessons, data.draw(st.integers(0, len(sections[:2]))) if unlike else 0)
    for what in data.draw(st.lists(st.sampled_from(["take", "take", "end", "doubt", "clear", "again"]), max_size=60)):
        if what == "take":
            play.take()
        elif what in ("end", "doubt") and play.flying:
            getattr(play, what)(data.draw(st.sampled_from(play.flying)))
        elif what in ("clear", "again") and play.doubtful:
            play.clear(data.draw(st.sampled_from(play.doubtful)), again=what == "again")
    while play.take() or play.flying or play.doubtful:
        for one in list(play.flying):
            play.end(one)
        for one in list(play.doubtful):
            play.clear(one, again=False)
    assert play.settled == {one.key for one in play.all}
    assert play.queue.is_empty


def test_rows_that_waited_for_their_twin_still_go_one_at_a_time() -> None:
    first, second, third = (operation_of("Same", row=row) for row in (2, 3, 4))
    queue = Queue.of([[first, second, third]])
    assert (queue.take(), queue.take()) == (first, None)
    queue.settled(first)
    assert (queue.take(), queue.take()) == (second, None)
    queue.settled(second)
    assert queue.take() == third
