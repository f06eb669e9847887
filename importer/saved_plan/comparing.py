"""What is not as it was when a plan was saved: in the files, in what would be done, in the courses concerned. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from importer.model import Directory, Operation, Outcome, Row, RowKey, Verb
from importer.problems import Code, Place, Problem
from importer.saved_plan.courses import changed_courses
from importer.saved_plan.form import SavedPlace, SavedPlan, SavedRow, SavedStep
from importer.saved_plan.making import step_of

Done = Collection[tuple[str, int]]
"""Kind and id of the records that runs of the very plan have made, changed or deleted: a stopped plan goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Where things stand now: the files and what would be done without a saved plan.

    `files` are fingerprints by name, as saved plans have them; `others` those of files besides the spreadsheets.
    `in_doubt` are the rows whose record may be among those that are listed.
    """

    files: Mapping[str, str]
    others: Mapping[str, str]
    rows: Sequence[Row]
    operations: Mapping[RowKey, Operation]
    directory: Directory
    done: Done = frozenset()
    in_doubt: Collection[RowKey] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What is not as it was: row by row, and of whole files and sheets."""

    rows: Mapping[RowKey, Problem] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rows or self.problems)


def differences(saved: SavedPlan, present: Present) -> Differences:
    """All that keeps a plan from being carried out as it was agreed to."""
    comparison = _Comparison(saved, present)
    return Differences(rows=dict(comparison.of_rows()), problems=(*_of_files(saved, present), *comparison.gone()))


def steps_of(saved: SavedPlan, names: Sequence[str]) -> frozenset[RowKey]:
    """The rows for which a plan does something, where its files have these names."""
    return frozenset(key_of(one.place, names) for one in saved.rows if one.step is not None)


def key_of(place: SavedPlace, names: Sequence[str]) -> RowKey:
    """The row's key, where the files have these names; that of no row where there is no such file."""
    return RowKey(names[place.file] if place.file < len(names) else "", place.sheet, place.row)


def _of_files(saved: SavedPlan, present: Present) -> Iterator[Problem]:
    for one, (name, digest) in zip(saved.files, present.files.items(), strict=True):
        if digest != one.sha256:
            yield Problem(code=Code.PLAN_FILE_CHANGED, value=name)
    for name, digest in present.others.items():
        if digest != saved.mapping_sha256:
            yield Problem(code=Code.PLAN_FILE_CHANGED, value=name)


class _Comparison:
    """The rows of a saved plan, held against the present ones."""

    def __init__(self, saved: SavedPlan, present: Present) -> None:
        self._present = present
        self._names = tuple(present.files)
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._then = {key_of(one.place, self._names): one for one in saved.rows}
        self._now = {row.key: row for row in present.rows}
        doubtful = [one for key, one in present.operations.items() if key in present.in_doubt]
        self._changed = changed_courses(saved, present.directory, present.done, doubtful)

    def of_rows(self) -> Iterator[tuple[RowKey, Problem]]:
        """What is not as it was of each row, or else of the course that it goes into."""
        for key, row in self._now.items():
            was = self._then.get(key)
            what = self._of_row(was, row)
            if what:
                yield key, _of(row, Code.PLAN_ROW_CHANGED, what=what)
            elif was is not None and was.step is not None and was.step.course in self._changed:
                yield key, _of(row, Code.PLAN_COURSE_CHANGED, **self._changed[was.step.course])

    def gone(self) -> Iterator[Problem]:
        """Rows of the plan that are not there any more, sheet by sheet."""
        missing: dict[Place, list[int]] = {}
        for key in self._then:
            if key not in self._now:
                missing.setdefault(Place(file=key.file, sheet=key.sheet or None), []).append(key.row)
        for place, numbers in missing.items():
            yield Problem(
                code=Code.PLAN_ROWS_GONE, place=place, details={"numbers": ", ".join(map(str, sorted(numbers)))}
            )

    def _of_row(self, was: SavedRow | None, row: Row) -> str:
        now = self._present.operations.get(row.key)
        if was is None:
            return "the row is not in the plan"
        if was.step is None:
            # Left for later; what became of it meanwhile is not what the plan is about.
            is_same = was.outcome is Outcome.PENDING or (now is None and (was.outcome, was.id) == _found(row))
            return "" if is_same else _otherwise(_in_words(was.outcome, was.id), _now_in_words(row, now))
        if now is None:
            return "" if self._is_done(was.step, row) else _otherwise(_planned(was.step), _now_in_words(row, None))
        if (was.step.verb, was.step.id) != (now.verb, now.id):
            return _otherwise(_planned(was.step), _now_in_words(row, now))
        return self._of_step(was.step, now)

    def _is_done(self, step: SavedStep, row: Row) -> bool:
        """Whether a run of this plan has done it already."""
        made = row.verdict.id if step.verb is Verb.CREATE else step.id
        return (row.kind, made) in self._present.done

    def _of_step(self, then: SavedStep, operation: Operation) -> str:
        now = step_of(operation, self._numbers)
        edited = _unlike(then.before, now.before)
        if edited:
            return f"number {now.id} was edited in Nexudus since ({', '.join(edited)})"
        above = dict.fromkeys([*then.parents, *now.parents])
        unlike = [name for name in above if not self._is_same_above(name, then, operation)]
        unlike += [name for name in _unlike(then.values, now.values) if name not in above]
        labels = [operation.columns[name].label if name in operation.columns else name for name in unlike]
        return f"what would be sent is not what was planned ({', '.join(labels)})" if labels else ""

    def _is_same_above(self, name: str, then: SavedStep, now: Operation) -> bool:
        """Whether what stands above the row is what the plan says: the same row, or the record that it has by now."""
        if name not in then.parents:
            return False
        key = key_of(then.parents[name], self._names)
        if name in now.parents:
            return now.parents[name] == key
        row = self._now.get(key)
        made = now.payload.get(name)
        return row is not None and (row.kind, made) in self._present.done and row.verdict.id == made


def _of(row: Row, code: Code, **details: object) -> Problem:
    return Problem(code=code, place=row.place, row=row.key.row, details=details)


def _unlike(then: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """The names of what is not the same; a yes is not a 1."""
    names = dict.fromkeys([*then, *now])
    return [name for name in names if name not in then or name not in now or not _is_same(then[name], now[name])]


def _is_same(then: object, now: object) -> bool:
    return type(then) is type(now) and then == now


def _found(row: Row) -> tuple[Outcome, int | None]:
    return row.verdict.outcome, row.verdict.id


def _otherwise(then: str, now: str) -> str:
    return f"in the plan: {then}; now: {now}"


def _planned(step: SavedStep) -> str:
    return _in_words(step.verb, step.id)


def _now_in_words(row: Row, operation: Operation | None) -> str:
    return _in_words(*_found(row)) if operation is None else _in_words(operation.verb, operation.id)


def _in_words(word: Outcome | Verb, id: int | None) -> str:
    """A status word, which is the same in every language, and the record's number."""
    return word.value if id is None else f"{word.value} {id}"
