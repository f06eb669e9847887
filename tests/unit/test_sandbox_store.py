"""What the sandbox keeps, and how it shows it."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.entities import COURSE, LESSON, SECTION, SERVED
from importer.sandbox import Query, Store, seed

LESSON_BODY = {
    "CourseId": 1, "SectionId": 1, "Title": "Keys", "DisplayOrder": 4, "UnlockType": 1, "UnlockAfterDays": 0,
    "CompletionType": 2,
}  # fmt: skip


@pytest.fixture
def store() -> Iterator[Store]:
    held = Store()
    held.create(COURSE, {"Title": "Welcome", "Active": True})
    held.create(SECTION, {"CourseId": 1, "Title": "Day one", "DisplayOrder": 7})
    yield held
    held.close()


def test_a_lesson_reads_back_with_every_field_of_the_page(store: Store) -> None:
    record = store.get(LESSON, store.create(LESSON, LESSON_BODY, by="me@example.com"))
    assert record is not None
    assert set(record) == {
        "CourseId", "CourseTitle", "SectionId", "SectionDisplayOrder", "SectionTitle", "InstructorId",
        "InstructorFullName", "InstructorCompanyName", "InstructorTeamNames", "Title", "SummaryText", "LessonContents",
        "Active", "DisplayOrder", "UnlockType", "ImageFileName", "NewImageUrl", "ClearImageFile", "UnlockAfterDays",
        "CompletionType", "Id", "UpdatedOn", "CreatedOn", "UniqueId", "UpdatedBy", "IsNew", "SystemId", "ToStringText",
        "LocalizationDetails", "CustomFields",
    }  # fmt: skip
    assert (record["CourseTitle"], record["SectionTitle"], record["SectionDisplayOrder"]) == ("Welcome", "Day one", 7)
    assert (record["Title"], record["UpdatedBy"], record["ClearImageFile"]) == ("Keys", "me@example.com", None)


def test_left_out_active_is_false_and_yes_no_comes_back_as_such(store: Store) -> None:
    first, second = (store.create(LESSON, LESSON_BODY | extra) for extra in ({}, {"Active": True}))
    assert [record["Active"] for record in store.get_many(LESSON, (first, second))] == [False, True]


def test_texts_come_back_to_the_letter(store: Store) -> None:
    text = "  <p>ÄÖ 🙂\r\n\x00</p> "
    assert store.get(LESSON, store.create(LESSON, LESSON_BODY | {"LessonContents": text}))["LessonContents"] == text  # type: ignore[index]


def test_a_picture_is_named_kept_and_cleared(store: Store) -> None:
    id = store.create(LESSON, LESSON_BODY | {"NewImageUrl": "https://example.com/a/b.png"})

    def name() -> object:
        return (store.get(LESSON, id) or {})["ImageFileName"]

    assert name() == "b.png"
    store.update(LESSON, id, LESSON_BODY)
    assert name() == "b.png"
    store.update(LESSON, id, LESSON_BODY | {"ClearImageFile": True})
    assert name() is None


def test_ids_are_not_used_again(store: Store) -> None:
    id = store.create(LESSON, LESSON_BODY)
    assert store.delete(LESSON, id)
    assert not store.delete(LESSON, id)
    assert store.create(LESSON, LESSON_BODY) == id + 1


def test_an_update_replaces_what_the_body_leaves_out(store: Store) -> None:
    id = store.create(LESSON, LESSON_BODY | {"SummaryText": "short"}, by="first")
    before = store.get(LESSON, id) or {}
    assert store.update(LESSON, id, LESSON_BODY | {"Title": "Doors"}, by="second")
    after = store.get(LESSON, id) or {}
    assert (after["Title"], after["SummaryText"], after["UpdatedBy"]) == ("Doors", None, "second")
    assert after["UniqueId"] == before["UniqueId"]
    assert not store.update(LESSON, 99, LESSON_BODY)


def test_find_filters_orders_and_pages(store: Store) -> None:
    for number in range(7):
        store.create(
            LESSON, LESSON_BODY | {"Title": f"Über {number}", "SectionId": number % 2, "DisplayOrder": -number}
        )
    records, total = store.find(LESSON, Query(equal={"SectionId": 0}, order="DisplayOrder", size=3, page=2))
    assert ([record["Title"] for record in records], total) == (["Über 0"], 4)
    assert store.find(LESSON, Query(title="ÜBER 3"))[1] == 1
    assert store.find(LESSON, Query(order="DisplayOrder", descending=True))[0][0]["Title"] == "Über 0"


def test_records_after_a_moment_are_not_found_until_then() -> None:
    times = iter((10.0, 20.0))
    store = Store(clock=lambda: next(times))
    for title in ("old", "new"):
        store.create(COURSE, {"Title": title})
    assert [record["Title"] for record in store.find(COURSE, Query(until=15.0))[0]] == ["old"]


def test_parents_know_their_children(store: Store) -> None:
    assert store.has_children(COURSE, 1)
    assert not store.has_children(SECTION, 1)
    store.create(LESSON, LESSON_BODY)
    assert store.has_children(SECTION, 1)


def test_a_file_keeps_its_records_and_learns_new_columns(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    first = Store(path)
    first.create(COURSE, {"Title": "Kept"})
    first.close()
    with sqlite3.connect(path) as older:
        older.execute('ALTER TABLE courses DROP COLUMN "Active"')
    older.close()
    second = Store(path)
    assert (second.get(COURSE, 1) or {})["Title"] == "Kept"
    second.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    path.write_text("Title\n" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        Store(path)


def test_many_threads_can_create_at_once(store: Store) -> None:
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda: made.extend(store.create(LESSON, LESSON_BODY) for _ in range(100)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == store.count(LESSON) == 400


def test_seeding_twice_changes_nothing() -> None:
    store = seed(Store())
    before = [store.find(entity) for entity in SERVED]
    assert seed(store) is store
    assert [store.find(entity) for entity in SERVED] == before


def test_the_seed_has_every_type_and_an_ambiguous_title() -> None:
    store = seed(Store())
    lessons = store.find(LESSON, Query(equal={"CourseId": 102}))[0]
    assert {lesson["UnlockType"] for lesson in lessons} == {1, 2, 3}
    assert {lesson["CompletionType"] for lesson in lessons} == {1, 2, 3, 4}
    assert {course: store.find(SECTION, Query(equal={"CourseId": course}))[1] for course in (101, 102, 103, 104)} == {
        101: 0, 102: 3, 103: 2, 104: 0,
    }  # fmt: skip
    assert len({section["Title"] for section in store.find(SECTION, Query(equal={"CourseId": 103}))[0]}) == 1
