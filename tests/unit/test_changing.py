"""Updates and deletes over real HTTP, with every way in which they can go wrong."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from importer.auth import Credentials
from importer.entities import LESSON, SECTION
from importer.errors import JournalBrokeError, SignInError, TryLaterError, UnreachableError
from importer.model import Operation, Outcome, RowKey, Verb, Verdict
from importer.problems import Code
from importer.revert import left_with
from importer.sandbox import Drop, Fault, Garble, Server, throttled
from importer.send import Known
from importer.send.late import Late, record_of
from tests.builders import operation_of
from tests.sending import Sending, only_problem, outcomes, section

FAST = 100
FIELDS = {"CourseId": 101, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0, "CompletionType": 2}
TEXTS = {"LessonContents": "<p>Long</p>", "SystemId": "ours-1", "SummaryText": "Old", "Active": True}


@pytest.fixture
def speed() -> int:
    return FAST


def record(sending: Sending, id: int) -> dict[str, Any]:
    found = sending.server.store.get(LESSON, id)
    assert found is not None
    return found


def lesson(sending: Sending, title: str = "Keys") -> int:
    return sending.server.store.create(LESSON, {"Title": title, **FIELDS, **TEXTS}, by="before")


def update_of(sending: Sending, id: int, row: int = 2, **payload: object) -> Operation:
    """A change of a lesson as it is now."""
    before = record(sending, id)
    one = operation_of(str(before["Title"]), row=row)
    return replace(one, verb=Verb.UPDATE, id=id, before=before, payload=payload or {"SummaryText": "New"})


def delete_of(sending: Sending, id: int, row: int = 2) -> Operation:
    return replace(update_of(sending, id, row), verb=Verb.DELETE, payload={})


def edit(sending: Sending, id: int, **fields: object) -> None:
    sending.server.store.update(LESSON, id, {**record(sending, id), **fields}, by="colleague")


def asked(sending: Sending) -> Counter[str]:
    """How often each method came, for lessons."""
    return Counter(
        one.method for one in sending.server.log.entries if "lessons" in one.path and "page=" not in one.path
    )


def stored(sending: Sending, columns: str) -> tuple[Any, ...]:
    connection = sqlite3.connect(sending.path)
    row: tuple[Any, ...] = connection.execute(f"SELECT {columns} FROM row ORDER BY number").fetchone()
    connection.close()
    return row


# --- what is done ---------------------------------------------------------------------------------------


def test_an_update_changes_its_fields_and_leaves_all_others_as_they_are(sending: Sending) -> None:
    id = lesson(sending)
    before = record(sending, id)
    sent = sending([update_of(sending, id, SummaryText="New", Active=False)])
    after = record(sending, id)
    assert (outcomes(sent), sent.stop) == ([Outcome.UPDATED], None)
    changed = {name for name in before if before[name] != after[name]} - {"UpdatedOn", "UpdatedBy"}
    assert (changed, after["SummaryText"], after["LessonContents"]) == ({"SummaryText", "Active"}, "New", "<p>Long</p>")
    assert asked(sending) == {"GET": 1, "PUT": 1}
    assert [verdict.id for verdict in sent.verdicts.values()] == [id]


def test_what_empties_a_field_is_sent(sending: Sending) -> None:
    id = lesson(sending)
    sending([update_of(sending, id, SummaryText=None)])
    assert record(sending, id)["SummaryText"] is None


def test_the_journal_keeps_what_was_before_and_when_it_was_changed(sending: Sending) -> None:
    id = lesson(sending)
    before = record(sending, id)
    sending([update_of(sending, id)])
    state, verb, subject, remote, payload, image, stamp = stored(
        sending, "state, verb, subject, remote_id, payload, before, stamp"
    )
    assert (state, verb, subject, remote) == ("done", "update", id, None)
    assert (json.loads(payload), json.loads(image), stamp) == (
        {"SummaryText": "New"},
        before,
        record(sending, id)["UpdatedOn"],
    )


def test_a_created_record_has_its_stamp_in_the_journal(sending: Sending) -> None:
    sending([operation_of("New")])
    (made,) = sending.server.store.find(LESSON)[0]
    assert stored(sending, "verb, subject, payload, before, stamp") == ("create", None, None, None, made["UpdatedOn"])


def test_a_picture_that_was_ordered_once_is_not_ordered_again(sending: Sending) -> None:
    id = lesson(sending)
    edit(sending, id, NewImageUrl="https://www.example.com/a.png")
    sending([update_of(sending, id)])
    after = record(sending, id)
    assert (after["NewImageUrl"], after["ImageFileName"], after["SummaryText"]) == (None, "a.png", "New")


def test_a_record_is_deleted(sending: Sending) -> None:
    id = lesson(sending)
    sent = sending([delete_of(sending, id)])
    assert (outcomes(sent), sending.server.store.get(LESSON, id)) == ([Outcome.DELETED], None)
    assert asked(sending) == {"GET": 1, "DELETE": 1}
    state, verb, payload, image = stored(sending, "state, verb, payload, before")
    assert (state, verb, payload, json.loads(image)["SummaryText"]) == ("done", "delete", None, "Old")
    assert [verdict.id for verdict in sent.verdicts.values()] == [None]


def test_lessons_are_deleted_before_the_section_above_them(sending: Sending) -> None:
    above = sending.server.store.create(SECTION, dict(section().payload), by="before")
    below = [lesson(sending, f"Lesson {number}") for number in range(4)]
    for id in below:
        edit(sending, id, SectionId=above)
    held = sending.server.store.get(SECTION, above)
    last = replace(section(), verb=Verb.DELETE, id=above, before=held, payload={})
    first = [delete_of(sending, id, row) for row, id in enumerate(below, 2)]
    sent = sending(first, [last], concurrency=4)
    assert outcomes(sent) == [Outcome.DELETED] * 5


def test_a_row_may_move_below_a_section_that_the_run_creates(sending: Sending) -> None:
    id, above = lesson(sending), section("New week", row=9)
    sent = sending([above], [replace(update_of(sending, id), parents={"SectionId": above.key})])
    assert outcomes(sent) == [Outcome.CREATED, Outcome.UPDATED]
    assert record(sending, id)["SectionId"] == sent.verdicts[above.key].id
    (kept,) = sending.stored("SELECT payload FROM row WHERE verb = 'update'")
    assert json.loads(kept)["SectionId"] == sent.verdicts[above.key].id


def test_an_update_below_a_section_that_does_not_come_to_be_is_blocked(sending: Sending) -> None:
    id, above = lesson(sending), section(unlock=9, row=9)
    sent = sending([above], [replace(update_of(sending, id), parents={"SectionId": above.key})])
    assert (outcomes(sent), asked(sending)) == ([Outcome.REJECTED, Outcome.BLOCKED], {})


def test_an_update_in_doubt_stays_so_where_its_new_section_does_not_come_to_be(sending: Sending) -> None:
    id, above = lesson(sending), section(unlock=9, row=9)
    moved, other = replace(update_of(sending, id), parents={"SectionId": above.key}), update_of(sending, id, row=3)
    sent = sending([above], [moved, other], known=Known(unclear={moved.key: "reset"}))
    assert outcomes(sent) == [Outcome.REJECTED, Outcome.UNKNOWN, Outcome.UPDATED]
    assert (sending.stored(), sent.stop) == (["rejected", "unknown", "done"], None)


def test_two_changes_of_one_record_go_one_after_the_other(sending: Sending) -> None:
    id = lesson(sending)
    one, two = update_of(sending, id, 2, SummaryText="New"), update_of(sending, id, 3, DisplayOrder=5)
    sending.server.faults.add(Fault(method="PUT", wait_after=0.05))
    sent = sending([one, replace(two, overwrite=True)], concurrency=2)
    assert outcomes(sent) == [Outcome.UPDATED] * 2
    assert (record(sending, id)["SummaryText"], record(sending, id)["DisplayOrder"]) == ("New", 5)


def test_with_one_request_a_minute_it_still_comes_to_its_end(sending: Sending) -> None:
    id = lesson(sending)
    sending.speed = 1_000
    sent = sending([update_of(sending, id)], requests_per_minute=1)
    assert outcomes(sent) == [Outcome.UPDATED]


def test_few_slots_for_many_workers_come_to_their_end(sending: Sending) -> None:
    ids = [lesson(sending, f"Lesson {number}") for number in range(6)]
    sending.speed = 1_000
    rows = [update_of(sending, id, row) for row, id in enumerate(ids, 2)]
    sent = sending(rows, requests_per_minute=3, concurrency=4)
    assert outcomes(sent) == [Outcome.UPDATED] * 6


# --- what reading shows ---------------------------------------------------------------------------------


def test_a_record_that_is_as_wanted_already_costs_no_write(sending: Sending) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    edit(sending, id, SummaryText="New")
    sent = sending([one])
    assert (outcomes(sent), asked(sending), sending.stored()) == ([Outcome.EXISTS], {"GET": 1}, ["exists"])


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
def test_a_record_that_somebody_edited_is_left_alone_and_the_fields_are_named(sending: Sending, verb: Verb) -> None:
    id = lesson(sending)
    one = replace(update_of(sending, id), verb=verb)
    edit(sending, id, Title="Keys, lockers", DisplayOrder=7)
    sent = sending([one])
    code, message = only_problem(sent, one)
    assert (outcomes(sent), code, asked(sending)) == ([Outcome.FAILED], Code.EDITED_MEANWHILE, {"GET": 1})
    assert "Title, DisplayOrder" in message
    assert (record(sending, id)["Title"], sending.stored()) == ("Keys, lockers", ["failed"])


def test_overwrite_goes_on_from_what_somebody_edited_and_keeps_that_image(sending: Sending) -> None:
    id = lesson(sending)
    one = replace(update_of(sending, id), overwrite=True)
    edit(sending, id, Title="Keys, lockers", SummaryText="Theirs")
    assert outcomes(sending([one])) == [Outcome.UPDATED]
    assert (record(sending, id)["Title"], record(sending, id)["SummaryText"]) == ("Keys, lockers", "New")
    assert json.loads(stored(sending, "before")[0])["SummaryText"] == "Theirs"


def test_what_the_service_writes_by_itself_is_no_edit(sending: Sending) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    assert one.before is not None
    one = replace(one, before={**one.before, "UpdatedOn": "2020-01-01T00:00:00Z", "SectionTitle": "?"})
    assert outcomes(sending([one])) == [Outcome.UPDATED]


def test_an_update_of_what_is_gone_fails_and_says_so(sending: Sending) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    sending.server.store.delete(LESSON, id)
    sent = sending([one])
    assert (outcomes(sent), only_problem(sent, one)[0]) == ([Outcome.FAILED], Code.RECORD_GONE)
    assert sending.stored() == ["failed"]


def test_what_is_gone_need_not_be_deleted(sending: Sending) -> None:
    id = lesson(sending)
    one = delete_of(sending, id)
    sending.server.store.delete(LESSON, id)
    sent = sending([one])
    assert (outcomes(sent), asked(sending), sending.stored()) == ([Outcome.DELETED], {"GET": 1}, ["exists"])


def test_what_goes_between_reading_and_writing_is_found_to_be_gone(sending: Sending) -> None:
    one, other = update_of(sending, lesson(sending)), delete_of(sending, lesson(sending, "Desks"), row=3)
    sending.server.faults.add(Fault(method="PUT", work=False, status=404, nth=1))
    sending.server.faults.add(Fault(method="DELETE", drop=Drop.RESET, nth=1))
    sending.server.faults.add(Fault(method="GET", path=f"*/{one.id}", work=False, status=404, nth=2))
    sent = sending([one, other])
    assert outcomes(sent) == [Outcome.FAILED, Outcome.DELETED]
    assert only_problem(sent, one)[0] is Code.RECORD_GONE


# --- answers that are clear -----------------------------------------------------------------------------


def test_a_refusal_is_told_at_the_users_own_column(sending: Sending) -> None:
    one = update_of(sending, lesson(sending), UnlockType=9)
    sent = sending([one])
    (problem,) = sent.verdicts[one.key].problems
    assert (outcomes(sent), problem.code, problem.value) == ([Outcome.REJECTED], Code.CHANGE_REFUSED, 9)
    assert problem.column is not None
    assert (problem.column.field, sending.stored()) == ("UnlockType", ["rejected"])


@pytest.mark.parametrize("status", [400, 409])
def test_a_refused_deletion_is_told_in_the_services_words(sending: Sending, status: int) -> None:
    one = delete_of(sending, lesson(sending))
    body = json.dumps({"WasSuccessful": False, "Errors": None, "Message": "Members have done it.", "Value": None})
    sending.server.faults.add(Fault(method="DELETE", work=False, status=status, body=body))
    sent = sending([one])
    code, message = only_problem(sent, one)
    assert (outcomes(sent), code, "Members have done it" in message) == ([Outcome.REJECTED], Code.CHANGE_REFUSED, True)
    assert (asked(sending), sending.stored()) == ({"GET": 2, "DELETE": 1}, ["rejected"])


def test_many_refused_deletions_are_no_sign_of_a_service_that_is_away(sending: Sending) -> None:
    ids = [lesson(sending, f"Lesson {number}") for number in range(8)]
    body = json.dumps({"WasSuccessful": False, "Message": "Members have done it."})
    sending.server.faults.add(Fault(method="DELETE", work=False, status=400, body=body))
    sent = sending([delete_of(sending, id, row) for row, id in enumerate(ids, 2)])
    assert (Counter(outcomes(sent)), sent.stop) == ({Outcome.REJECTED: 8}, None)


def test_throttled_everybody_waits_and_the_record_is_read_again(sending: Sending) -> None:
    id = lesson(sending)
    sending.server.faults.add(replace(throttled("7", nth=1), method="PUT"))
    assert outcomes(sending([update_of(sending, id)])) == [Outcome.UPDATED]
    assert (asked(sending), sending.watcher.waits) == ({"GET": 2, "PUT": 2}, [7.0])


def test_an_expired_sign_in_is_renewed_once(sending: Sending) -> None:
    id = lesson(sending)
    sending.server.faults.add(Fault(method="PUT", expire_tokens=True, nth=1))
    assert outcomes(sending([update_of(sending, id)])) == [Outcome.UPDATED]


@pytest.mark.parametrize(("verb", "role"), [(Verb.UPDATE, "CourseLesson-Edit"), (Verb.DELETE, "CourseLesson-Delete")])
def test_a_missing_role_stops_the_run_and_is_named(sending: Sending, verb: Verb, role: str) -> None:
    one = replace(update_of(sending, lesson(sending)), verb=verb)
    sending.server.faults.add(Fault(method="PUT" if verb is Verb.UPDATE else "DELETE", work=False, status=401))
    sent = sending([one])
    assert isinstance(sent.stop, SignInError)
    assert (outcomes(sent), role in sent.stop.message, sending.stored()) == ([Outcome.PENDING], True, ["pending"])


def test_a_token_that_cannot_be_renewed_stops_the_run(sending: Sending) -> None:
    one = update_of(sending, lesson(sending))
    sending.server.faults.add(Fault(method="PUT", expire_tokens=True, nth=1))
    sent = sending([one], given=Credentials(token="no-longer-good"))
    assert isinstance(sent.stop, SignInError)


@pytest.mark.parametrize("status", [403, 405, 302])
def test_a_closed_door_stops_the_run_and_blames_no_row(sending: Sending, status: int) -> None:
    one = update_of(sending, lesson(sending))
    sending.server.faults.add(Fault(method="PUT", work=False, status=status))
    sent = sending([one])
    assert (outcomes(sent), type(sent.stop)) == (
        [Outcome.PENDING],
        SignInError if status == 403 else TryLaterError,
    )


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
def test_an_address_that_knows_no_record_which_is_there_stops_the_run(sending: Sending, verb: Verb) -> None:
    one = replace(update_of(sending, lesson(sending)), verb=verb)
    sending.server.faults.add(Fault(method="PUT" if verb is Verb.UPDATE else "DELETE", work=False, status=404))
    sent = sending([one])
    assert isinstance(sent.stop, TryLaterError)
    assert (outcomes(sent), f"{verb}s no lessons" in sent.stop.message) in (
        ([Outcome.PENDING], verb is Verb.DELETE),
        ([Outcome.PENDING], False),
    )
    assert "status 404" in sent.stop.message


# --- answers that are not -------------------------------------------------------------------------------

UNCLEAR = [
    Fault(drop=Drop.RESET, nth=1),
    Fault(status=500, nth=1),
    Fault(garble=Garble.HALF, nth=1),
    Fault(garble=Garble.REFUSED, nth=1),
    Fault(status=409, body='{"WasSuccessful": false, "Message": "there is one already"}', nth=1),
]
NOT_DONE = [replace(one, work=False) for one in UNCLEAR if one.status or one.drop]


@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_was_done_without_a_clear_answer_is_found_by_reading(sending: Sending, fault: Fault, method: str) -> None:
    id = lesson(sending)
    one = update_of(sending, id) if method == "PUT" else delete_of(sending, id)
    sending.server.faults.add(replace(fault, method=method))
    sent = sending([one])
    assert (outcomes(sent), only_problem(sent, one)[0]) == (
        [Outcome.UPDATED if method == "PUT" else Outcome.DELETED],
        Code.FOUND_BY_READING,
    )
    assert (asked(sending), sending.stored()) == ({"GET": 2, method: 1}, ["adopted"])


@pytest.mark.parametrize("fault", NOT_DONE[:2])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_was_not_done_is_sent_again(sending: Sending, fault: Fault, method: str) -> None:
    id = lesson(sending)
    one = update_of(sending, id) if method == "PUT" else delete_of(sending, id)
    sending.server.faults.add(replace(fault, method=method))
    sent = sending([one])
    assert outcomes(sent) == [Outcome.UPDATED if method == "PUT" else Outcome.DELETED]
    assert (asked(sending), sending.stored()) == ({"GET": 2, method: 2}, ["done"])


def test_what_somebody_edits_after_an_unclear_answer_is_for_a_person(sending: Sending) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    theirs = json.dumps({**record(sending, id), "SummaryText": "Theirs"})
    sending.server.faults.add(
        Fault(method="PUT", drop=Drop.RESET, nth=1),
        Fault(method="GET", path=f"*/{id}", status=200, body=theirs, nth=2, times=9),
    )
    sent = sending([one])
    code, message = only_problem(sent, one)
    assert (outcomes(sent), code, f"number {id}" in message) == ([Outcome.UNKNOWN], Code.MAY_BE_CHANGED, True)
    assert sending.stored() == ["unknown"]


def test_what_never_gets_a_clear_answer_is_surely_not_done_once_that_has_settled(sending: Sending) -> None:
    one, other = update_of(sending, lesson(sending)), update_of(sending, lesson(sending, "Desks"), row=3)
    sending.server.faults.add(Fault(method="PUT", containing='"Keys"', work=False, status=500))
    sent = sending([one, other], concurrency=2, settle=20)
    assert (outcomes(sent), only_problem(sent, one)[0]) == (
        [Outcome.FAILED, Outcome.UPDATED],
        Code.CHANGE_NOT_DELIVERED,
    )
    assert sending.stored() == ["failed", "done"]


def test_a_service_that_takes_nothing_is_left_alone_and_the_run_stops(sending: Sending) -> None:
    sending.speed = 2_000
    ids = [lesson(sending, f"Lesson {number}") for number in range(8)]
    sending.server.faults.add(Fault(method="PUT", work=False, status=500))
    sent = sending([update_of(sending, id, row) for row, id in enumerate(ids, 2)], settle=300)
    assert isinstance(sent.stop, TryLaterError)
    assert set(outcomes(sent)) <= {Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING}
    assert asked(sending)["PUT"] < 20


def test_a_record_that_cannot_be_read_fails_alone(sending: Sending) -> None:
    one, other = update_of(sending, lesson(sending)), update_of(sending, lesson(sending, "Desks"), row=3)
    sending.server.faults.add(Fault(method="GET", path=f"*/{one.id}", work=False, status=400))
    sent = sending([one, other], concurrency=2)
    assert (outcomes(sent), only_problem(sent, one)[0]) == (
        [Outcome.FAILED, Outcome.UPDATED],
        Code.CHANGE_NOT_DELIVERED,
    )


def test_a_record_that_cannot_be_read_after_an_unclear_answer_is_unknown(sending: Sending) -> None:
    one = update_of(sending, lesson(sending))
    sending.server.faults.add(
        Fault(method="PUT", drop=Drop.RESET, nth=1),
        Fault(method="GET", path=f"*/{one.id}", work=False, status=400, nth=2, times=99),
    )
    sent = sending([one])
    assert (outcomes(sent), only_problem(sent, one)[0]) == ([Outcome.UNKNOWN], Code.MAY_BE_CHANGED)


def test_a_refusal_after_an_unclear_answer_counts_once_that_has_settled(sending: Sending) -> None:
    one = update_of(sending, lesson(sending))
    refusal = json.dumps({"WasSuccessful": False, "Errors": [{"Message": "no", "PropertyName": "Title"}]})
    sending.server.faults.add(
        Fault(method="PUT", work=False, drop=Drop.RESET, nth=1),
        Fault(method="PUT", work=False, status=400, body=refusal, nth=2, times=9),
    )
    sent = sending([one], settle=20)
    assert (outcomes(sent), sending.stored()) == ([Outcome.REJECTED], ["rejected"])
    assert asked(sending)["PUT"] == 2


def test_a_throttle_after_an_unclear_answer_leaves_the_row_in_doubt(sending: Sending) -> None:
    id = lesson(sending)
    sending.server.faults.add(
        Fault(method="PUT", work=False, drop=Drop.RESET, nth=1),
        replace(throttled("5", nth=2), method="PUT"),
    )
    assert outcomes(sending([update_of(sending, id)])) == [Outcome.UPDATED]
    assert asked(sending) == {"GET": 3, "PUT": 3}
    assert sending.stored("SELECT result FROM attempt WHERE is_write ORDER BY number") == ["unknown", "unknown", "done"]


@pytest.mark.parametrize(
    ("in_doubt", "outcome", "states"),
    [
        (False, Outcome.FAILED, ["pending"] * 4 + ["failed"]),
        (True, Outcome.UNKNOWN, ["unknown"] * 5),
    ],
)
def test_what_never_left_is_tried_again_and_then_failed_unless_it_was_in_doubt(
    sending: Sending, in_doubt: bool, outcome: Outcome, states: list[str]
) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    sending.unreachable = Server()
    sending.unreachable.stop()
    sent = sending([one], known=Known(unclear={one.key: "reset"} if in_doubt else {}))
    code = Code.MAY_BE_CHANGED if in_doubt else Code.CHANGE_NOT_DELIVERED
    assert (outcomes(sent), only_problem(sent, one)[0]) == ([outcome], code)
    assert sending.stored("SELECT result FROM attempt WHERE is_write ORDER BY number") == states
    assert sending.stored() == [states[-1]]


# --- the journal, stopping, and going on ----------------------------------------------------------------


def test_nothing_leaves_before_its_intent_and_its_image_are_durable(sending: Sending) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    with sqlite3.connect(sending.path, isolation_level=None) as other:
        other.execute("CREATE TRIGGER full BEFORE UPDATE OF before ON row BEGIN SELECT RAISE(ABORT, 'full'); END")
    other.close()
    sent = sending([one])
    assert isinstance(sent.stop, JournalBrokeError)
    assert (outcomes(sent), asked(sending)) == ([Outcome.PENDING], {"GET": 1})


def test_what_was_read_too_long_ago_is_not_changed_before_it_was_read_again(sending: Sending) -> None:
    """The computer sleeps for a minute between the intent and the request."""
    id = lesson(sending)
    slept: list[float] = []

    def now() -> float:
        if not slept and "inflight" in sending.stored():
            slept.append(60.0)
        return time.monotonic() * FAST + sum(slept)

    sending.now = now  # type: ignore[method-assign]
    assert outcomes(sending([update_of(sending, id)])) == [Outcome.UPDATED]
    assert (asked(sending), slept) == ({"GET": 2, "PUT": 1}, [60.0])


def test_stopped_in_doubt_a_change_is_unknown_and_not_pending(sending: Sending) -> None:
    one, other = update_of(sending, lesson(sending)), operation_of("Other", row=3)
    sending.server.faults.add(Fault(method="PUT", work=False, drop=Drop.RESET))
    sent = sending([other, one], act=lambda halt, done: halt.interrupt() if done else None, concurrency=2)
    assert outcomes(sent)[0] is Outcome.CREATED
    assert outcomes(sent)[1] in (Outcome.UNKNOWN, Outcome.PENDING)
    assert (outcomes(sent)[1] is Outcome.UNKNOWN) == (sending.stored()[1] == "unknown")


def test_a_change_that_an_earlier_run_left_in_doubt_is_found_to_be_done(sending: Sending) -> None:
    id = lesson(sending)
    one = update_of(sending, id)
    edit(sending, id, SummaryText="New")
    sent = sending([one], known=Known(unclear={one.key: "reset"}))
    assert (outcomes(sent), only_problem(sent, one)[0]) == ([Outcome.UPDATED], Code.FOUND_BY_READING)
    assert (asked(sending), sending.stored()) == ({"GET": 1}, ["adopted"])


def test_a_change_that_an_earlier_run_left_in_doubt_is_sent_again_with_the_first_image(sending: Sending) -> None:
    one = update_of(sending, lesson(sending))
    sent = sending([one], known=Known(unclear={one.key: "reset"}), image='{"Title": "First"}')
    assert (outcomes(sent), sending.stored()) == ([Outcome.UPDATED], ["done"])
    assert json.loads(stored(sending, "before")[0]) == {"Title": "First"}


# --- what was sent before and may still be done ---------------------------------------------------------


def sent_before(sending: Sending, one: Operation, seconds: float, **payload: object) -> Known:
    """An earlier run sent something else to a record, and it may still be done for so many seconds."""
    late = Late(verb=Verb.UPDATE, payload=payload, until=sending.now() + seconds)
    return Known(late={record_of(one): [late]})


def test_a_change_waits_for_another_one_of_its_record_while_other_rows_go_on(sending: Sending) -> None:
    one, other = update_of(sending, lesson(sending)), update_of(sending, lesson(sending, "Desks"), row=3)
    # It is done after this run has read what it starts from, and before it writes.
    edit(sending, one.id or 0, SummaryText="Ours")
    known = sent_before(sending, one, 200.0, SummaryText="Ours")
    until = sending.now() + 200.0
    sent = sending([one, other], known=known)
    first, second = [entry.at * FAST for entry in sending.server.log.entries if entry.method == "PUT"]
    assert (outcomes(sent), record(sending, one.id or 0)["SummaryText"]) == ([Outcome.UPDATED] * 2, "New")
    assert first < until - 1.0 <= second
    assert (sending.stored(), sending.watcher.settlings) == (["done", "done"], [1])


def test_a_change_waits_for_another_one_of_the_same_run_that_got_no_answer(sending: Sending) -> None:
    id = lesson(sending)
    first, second = update_of(sending, id), replace(update_of(sending, id, row=3, Active=False), overwrite=True)
    sending.server.faults.add(Fault(method="PUT", work=False, drop=Drop.RESET, nth=1))
    sent = sending([first, second], concurrency=2, settle=60)
    times = [entry.at for entry in sending.server.log.entries if entry.method == "PUT"]
    assert (outcomes(sent), len(times)) == ([Outcome.UPDATED] * 2, 3)
    assert times[2] - times[0] >= 0.5


def test_what_was_sent_before_is_sent_again_at_once_where_it_is_the_same(sending: Sending) -> None:
    one = update_of(sending, lesson(sending))
    sent = sending([one], known=sent_before(sending, one, 1e6, **one.payload))
    assert outcomes(sent) == [Outcome.UPDATED]


@pytest.mark.parametrize("in_doubt", [False, True])
def test_stopped_while_it_waits_a_change_is_pending_or_still_in_doubt(sending: Sending, in_doubt: bool) -> None:
    one, other = update_of(sending, lesson(sending)), update_of(sending, lesson(sending, "Desks"), row=3)
    known = sent_before(sending, one, 1e6, SummaryText="Ours")
    if in_doubt:
        known = replace(known, unclear={one.key: "reset"}, replaced={one.key})
    sent = sending([one, other], known=known, act=lambda halt, done: halt.interrupt())
    state = Outcome.UNKNOWN if in_doubt else Outcome.PENDING
    assert (outcomes(sent), sending.stored()) == ([state, Outcome.UPDATED], [str(state), "done"])


@pytest.mark.parametrize(
    ("theirs", "outcome", "state"),
    [
        ({}, Outcome.UPDATED, "done"),
        ({"SummaryText": "New"}, Outcome.EXISTS, "exists"),
        ({"Title": "Theirs"}, Outcome.FAILED, "failed"),
    ],
)
def test_what_was_in_doubt_says_nothing_of_another_change_once_that_has_settled(
    sending: Sending, theirs: dict[str, object], outcome: Outcome, state: str
) -> None:
    one = update_of(sending, lesson(sending))
    edit(sending, one.id or 0, **theirs)
    known = replace(sent_before(sending, one, 1.0, Active=False), unclear={one.key: "reset"}, replaced={one.key})
    sent = sending([one], known=known, image='{"Title": "First"}')
    assert (outcomes(sent), sending.stored()) == ([outcome], [state])
    assert json.loads(stored(sending, "before")[0]) == {"Title": "First"}


def test_a_refusal_of_another_change_than_that_in_doubt_counts_at_once(sending: Sending) -> None:
    one = update_of(sending, lesson(sending), UnlockType=9)
    sending.server.faults.add(replace(throttled("1", nth=1), method="PUT"))
    sent = sending([one], known=Known(unclear={one.key: "reset"}, replaced={one.key}), settle=1e6)
    assert (outcomes(sent), sending.stored(), asked(sending)["PUT"]) == ([Outcome.REJECTED], ["rejected"], 2)


# --- what has to go first -------------------------------------------------------------------------------


def test_a_record_is_deleted_after_what_was_to_go_first(sending: Sending) -> None:
    first, second = lesson(sending, "Below"), lesson(sending, "Above")
    below, above = delete_of(sending, first, row=3), delete_of(sending, second, row=2)
    sent = sending([replace(above, after=(below.key,)), below], concurrency=4)
    assert outcomes(sent) == [Outcome.DELETED, Outcome.DELETED]
    deleted = [one.path for one in sending.server.log.entries if one.method == "DELETE"]
    assert [path.rpartition("/")[2] for path in deleted] == [str(first), str(second)]


def test_a_record_stays_where_what_was_to_go_first_is_still_there(sending: Sending) -> None:
    first, second = lesson(sending, "Below"), lesson(sending, "Above")
    below, above = delete_of(sending, first, row=3), delete_of(sending, second, row=2)
    edit(sending, first, SummaryText="Edited")
    sent = sending([below], [replace(above, after=(below.key,))])
    assert outcomes(sent) == [Outcome.FAILED, Outcome.BLOCKED]
    assert only_problem(sent, above)[0] is Code.STILL_BELOW
    assert sent.verdicts[above.key].id == second
    assert record(sending, second)["Title"] == "Above"


def test_a_deletion_in_doubt_stays_so_where_what_was_to_go_first_is_still_there(sending: Sending) -> None:
    first, second = lesson(sending, "Below"), lesson(sending, "Above")
    below, above = delete_of(sending, first, row=3), delete_of(sending, second, row=2)
    edit(sending, first, SummaryText="Edited")
    sent = sending([below], [replace(above, after=(below.key,))], known=Known(unclear={above.key: "reset"}))
    assert outcomes(sent) == [Outcome.FAILED, Outcome.UNKNOWN]
    assert (sending.stored()[1], sent.stop) == ("unknown", None)


@pytest.mark.parametrize("in_doubt", [False, True])
def test_a_record_waits_for_what_this_run_does_not_reach(sending: Sending, in_doubt: bool) -> None:
    above = delete_of(sending, lesson(sending), row=2)
    known = Known(unclear={above.key: "reset"} if in_doubt else {})
    sent = sending([replace(above, after=(above.key._replace(row=9),))], known=known)
    assert outcomes(sent) == [Outcome.UNKNOWN if in_doubt else Outcome.PENDING]


# --- what is held back just before ----------------------------------------------------------------------


@pytest.mark.parametrize("in_doubt", [False, True])
def test_a_record_that_is_held_stays(sending: Sending, in_doubt: bool) -> None:
    id = lesson(sending)
    one = delete_of(sending, id)
    kept = left_with(one, [])
    asked_about: list[Operation] = []

    async def hold(operation: Operation, verdicts: Mapping[RowKey, Verdict]) -> Verdict | None:
        asked_about.append(operation)
        return kept

    sent = sending([one], known=Known(unclear={one.key: "reset"} if in_doubt else {}, hold=hold))
    assert ([operation.id for operation in asked_about], asked(sending)) == ([id], {})
    assert outcomes(sent) == [Outcome.UNKNOWN if in_doubt else Outcome.FAILED]
    assert stored(sending, "state") == ("unknown" if in_doubt else "blocked",)


@pytest.mark.parametrize("is_amid", [False, True])
def test_what_cannot_be_asked_stops_the_run_which_says_whether_anything_was_sent(
    sending: Sending, is_amid: bool
) -> None:
    other, one = update_of(sending, lesson(sending), row=3), delete_of(sending, lesson(sending, "Desks"))

    async def hold(operation: Operation, verdicts: Mapping[RowKey, Verdict]) -> Verdict | None:
        if operation is other:
            return None
        raise UnreachableError("https://example.com", "no answer")

    sent = sending([other, one] if is_amid else [one], known=Known(hold=hold))
    assert isinstance(sent.stop, UnreachableError)
    assert ("Nothing was sent" in sent.stop.message, "goes on where" in sent.stop.message) == (not is_amid, is_amid)
    assert outcomes(sent)[-1] is Outcome.PENDING


def test_a_record_that_is_not_held_goes(sending: Sending) -> None:
    one = delete_of(sending, lesson(sending))

    async def hold(operation: Operation, verdicts: Mapping[RowKey, Verdict]) -> Verdict | None:
        return None

    assert outcomes(sending([one], known=Known(hold=hold))) == [Outcome.DELETED]
