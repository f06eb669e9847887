"""What an answer means for its row."""

from dataclasses import replace

import pytest

from importer.answers import (
    Ambiguous,
    Answer,
    Changed,
    Closed,
    Created,
    Fault,
    Gone,
    NotSignedIn,
    Refused,
    Throttled,
    Unsent,
)
from importer.delivery import MOVES, OUTCOMES, TRIES, State, Step, outcome_of, step
from importer.entities import SECTION
from importer.errors import SignInError, TryLaterError
from importer.model import Outcome, Verb
from tests.builders import operation_of

ONE = operation_of("Keys")
REFUSAL = (Fault("Title", "is taken"), Fault(None, "Sorry"))
ANSWERS: tuple[Answer, ...] = (
    Created(7), Refused(REFUSAL), Throttled(9.0), NotSignedIn(), Closed(403), Closed(404), Unsent("no"),
    Ambiguous("no"), Changed("now"), Gone(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (Created(7), Step(state=State.DONE, id=7)),
        (Refused(REFUSAL), Step(state=State.REJECTED, reason="Title: is taken; Sorry", faults=REFUSAL)),
        (Throttled(9.0), Step(state=State.PENDING, reason="throttled", wait=9.0)),
        (NotSignedIn(), Step(state=State.PENDING, reason="not signed in", renew=True)),
        (Unsent("no"), Step(state=State.PENDING, reason="no", again_in=1.0)),
        (Ambiguous("no"), Step(state=State.UNKNOWN, reason="no")),
        (Ambiguous("no", REFUSAL), Step(state=State.UNKNOWN, reason="no", faults=REFUSAL)),
        (Changed("now"), Step(state=State.DONE, stamp="now")),
        (Gone(), Step(state=State.PENDING, reason="no longer there")),
    ],
)
def test_each_answer_has_its_step(answer: Answer, then: Step) -> None:
    assert step(answer, ONE, tries=1, renewed=False) == then


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("tries", [0, 1, TRIES, 99])
@pytest.mark.parametrize("renewed", [False, True])
def test_only_what_surely_had_no_effect_is_sent_again(answer: Answer, tries: int, renewed: bool) -> None:
    then = step(answer, ONE, tries=tries, renewed=renewed)
    assert (State.INFLIGHT, then.state) in MOVES
    if then.state is State.PENDING:
        assert isinstance(answer, Throttled | NotSignedIn | Closed | Unsent | Gone)
    assert (then.id is not None) == isinstance(answer, Created)


def test_what_never_leaves_is_tried_ever_later_and_then_failed() -> None:
    steps = [step(Unsent("no"), ONE, tries=tries, renewed=False) for tries in range(1, TRIES + 1)]
    assert [then.again_in for then in steps] == [1.0, 2.0, 4.0, 8.0, None]
    assert steps[-1].state is State.FAILED


@pytest.mark.parametrize("answer", [NotSignedIn(), Closed(403)])
def test_a_missing_role_stops_the_run_and_is_named(answer: Answer) -> None:
    then = step(answer, operation_of("Week 1", entity=SECTION), tries=0, renewed=True)
    assert isinstance(then.stop, SignInError)
    assert "CourseSection-Create" in then.stop.message


def test_an_address_that_takes_nothing_stops_the_run() -> None:
    then = step(Closed(404), ONE, tries=0, renewed=False)
    assert isinstance(then.stop, TryLaterError)
    assert "no new lessons" in then.stop.message


@pytest.mark.parametrize(
    ("verb", "role", "said"),
    [(Verb.UPDATE, "CourseLesson-Edit", "changes no"), (Verb.DELETE, "CourseLesson-Delete", "deletes no")],
)
def test_what_stops_a_change_says_what_it_was(verb: Verb, role: str, said: str) -> None:
    one = replace(ONE, verb=verb, id=7)
    refused = step(Closed(403), one, tries=0, renewed=False).stop
    closed = step(Closed(405), one, tries=0, renewed=False).stop
    assert isinstance(refused, SignInError)
    assert isinstance(closed, TryLaterError)
    assert role in refused.message
    assert f"Nexudus {said} lessons at this address (status 405)" in closed.message


def test_what_is_done_is_called_by_what_was_to_be_done() -> None:
    done = {Verb.CREATE: Outcome.CREATED, Verb.UPDATE: Outcome.UPDATED, Verb.DELETE: Outcome.DELETED}
    for verb, outcome in done.items():
        assert outcome_of(State.DONE, verb) is outcome_of(State.ADOPTED, verb) is outcome
        assert outcome_of(State.INFLIGHT, verb) is outcome_of(State.UNKNOWN, verb) is Outcome.UNKNOWN
        assert outcome_of(State.REJECTED, verb) is Outcome.REJECTED
        assert outcome_of(State.EXISTS, verb) is (outcome if verb is Verb.DELETE else Outcome.EXISTS)


def test_nothing_leads_back_from_an_end_and_only_what_was_in_flight_gets_an_answer() -> None:
    ends = set(State) - {State.PENDING, State.INFLIGHT, State.UNKNOWN}
    found_late = (State.REJECTED, State.ADOPTED)
    assert [(before, after) for before, after in MOVES if before in ends] == [found_late]
    assert (State.UNKNOWN, State.INFLIGHT) not in MOVES
    assert {before for before, after in MOVES if after is State.DONE} == {State.INFLIGHT}


def test_every_state_that_an_answer_leads_to_is_an_outcome() -> None:
    assert set(OUTCOMES) == set(State) - {State.INFLIGHT, State.ADOPTED, State.EXISTS}
    assert OUTCOMES[State.DONE] is Outcome.CREATED
