"""A world in which records are changed and deleted that were there before."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from importer import rescue
from importer.derive.compare import differing
from importer.ending import Ending
from importer.entities import COURSE_ID, DISPLAY_ORDER, LESSON, SECTION, SECTION_ID, TITLE, Entity
from importer.errors import ImporterError, JournalBrokeError
from importer.journal import Journal
from importer.model import Operation, Plan, RowKey, Verb, Verdict
from importer.pacing import StoppedError
from importer.plan import plan_of
from importer.progress import SILENCE
from importer.records import one_record
from importer.send import Known, send
from importer.send.taking_up import known_of_changes
from importer.send.verdicts import as_wanted, found_changed, gone
from importer.work import Work, run_of
from tests.builders import operation_of
from tests.simulation.altered import Record
from tests.simulation.faults import OF_THE_JOURNAL, STRIKES, Kind, Weather
from tests.simulation.life import bad_days, folder_of_a_world, patient_runs, told
from tests.simulation.process import Process
from tests.simulation.promises_of_changes import PromisesOfChanges
from tests.simulation.sheets import COURSE
from tests.simulation.tale import Tale
from tests.simulation.truth import BEFORE, COLLEAGUE
from tests.simulation.world import ACCOUNT, World

TEXT: Final = {LESSON.kind: "SummaryText", SECTION.kind: "SectionContents"}
"""The field that changes."""

_LATE: Final = frozenset({Kind.RESET_THEN_LATE, Kind.CRASH, Kind.SHEET_EDITED})
"""All that befalls requests in some worlds: that a change comes late, and another one is wanted by then."""

_OTHERS: Final = OF_THE_JOURNAL | {Kind.OTHER_SHEET, Kind.CREATE_ANYWAY, Kind.SECTION_DELETED, Kind.DELETED}


class ChangingWorld(World):
    """The world of a seed, in which lessons and sections are changed, and some of them deleted."""

    def __init__(self, seed: int, folder: Path, *, weather: Weather | None = None) -> None:
        weather = weather or _weather(random.Random(f"weather of changes {seed}"))
        super().__init__(seed, folder, weather=weather)
        if self.settings.requests_per_hour < 100:
            # Reading all records one by one to plan anew would use up what there is each time.
            self.settings = self.settings.model_copy(update={"requests_per_hour": 0})
        self.hand = random.Random(f"colleague of changes {seed}")
        self.wanted = tuple(self._rows())
        self.seen = PromisesOfChanges(self.service, self.settings, self.journal, False, lost_time=self._lost_time)
        self.promises = self.seen
        self._ask()
        self.service.edit_by_hand = self.edit

    def _rows(self) -> list[Operation]:
        """What is to be done, with what is there put there."""
        chance, rows = self.chance, []
        for number in range(chance.randint(1, 3)):
            above = self._add(SECTION, f"Unit {number}", {})
            goes = chance.random() < 0.3
            for place in range(chance.randint(0, 4)):
                below = self._add(LESSON, f"Page {number} {place}", {SECTION_ID.name: above})
                rows.append(self._row(LESSON, below, goes=goes or chance.random() < 0.2))
            rows.append(self._row(SECTION, above, goes=goes))
        return rows

    def _add(self, entity: Entity, title: str, more: Mapping[str, object]) -> int:
        body = {name: value for name, value in operation_of(title, entity=entity).payload.items()}
        held = {**body, COURSE_ID.name: COURSE, TEXT[entity.kind]: "before", **more}
        return self.service.store.create(entity, held, by=BEFORE)

    def _row(self, entity: Entity, id: int, *, goes: bool) -> Operation:
        one = replace(operation_of(f"{entity.singular} {id}", row=id, entity=entity), id=id)
        if goes:
            return replace(one, verb=Verb.DELETE, payload={})
        return replace(one, verb=Verb.UPDATE, payload={TEXT[entity.kind]: f"wanted {id}"})

    def _ask(self) -> None:
        self.seen.asked_for = {(one.entity.kind, one.id or 0): one for one in self.wanted}

    def _lost_time(self) -> bool:
        return bool(self.tale.faults[Kind.JUMP] and self.tale.faults[Kind.REBOOT])

    def edit_the_sheet(self) -> None:
        """Somebody wants other texts of some records from now on."""
        self.tale.faults[Kind.SHEET_EDITED] += 1
        self.wanted = tuple(self._reworded(one) if self.hand.random() < 0.7 else one for one in self.wanted)
        self._ask()

    def _reworded(self, one: Operation) -> Operation:
        return replace(one, payload={name: f"{text}, or rather" for name, text in one.payload.items()})

    def edit(self, asked: Record) -> None:
        """A colleague edits one of the records by hand, or deletes a lesson; often the one that is asked to change."""
        same = [one for one in self.wanted if (one.entity.kind, one.id) == asked]
        one = self.hand.choice(same if self.hand.random() < 0.5 else self.wanted)
        store, id = self.service.store, one.id or 0
        record = store.get(one.entity, id)
        if record is None or Kind.COLLEAGUE not in self.weather.kinds:
            return
        self.tale.faults[Kind.COLLEAGUE] += 1
        self.service.altered.edited((one.entity.kind, id))
        if one.entity is LESSON and self.hand.random() < 0.3:
            store.delete(LESSON, id)
            return
        name = self.hand.choice((TEXT[one.entity.kind], DISPLAY_ORDER))
        theirs = self.hand.randint(50, 99) if name == DISPLAY_ORDER else f"theirs {self.hand.random()}"
        store.update(one.entity, id, {**record, name: theirs}, by=COLLEAGUE)

    async def _live(self, process: Process, journal: Journal) -> Ending:
        ending = Ending(run_id=f"run {process.number:03}")
        try:
            run = run_of(journal, ACCOUNT, process.work.prepared, self.settings, ending.run_id, at=self.wall())
            past = journal.start(run, self.wall(), self.uptime())
            async with self._commits(journal, run.id) as group:
                work = self._work(process, journal, group, run, past)
                return await _change(work, ending, self.wanted, self.seen.planned)
        except StoppedError:
            return ending.by_user()
        except ImporterError as error:
            return ending.because(error)


def _weather(chance: random.Random) -> Weather:
    """As bad as everywhere, with more that befalls single requests."""
    weather = Weather.of(chance)
    weather.kinds = weather.kinds - _OTHERS | ({Kind.COLLEAGUE} if chance.random() < 0.4 else set())
    weather.lag, weather.rate = 0.0, max(weather.rate, chance.choice((0.15, 0.3, 0.5)))
    if chance.random() < 0.4:
        weather.kinds, weather.rate = weather.kinds - STRIKES.keys() | _LATE, 0.3
        weather.latest = chance.uniform(150.0, 250.0)
    return weather


@dataclass
class _Planned:
    """What is still to be done, and what need not be."""

    operations: list[Operation] = field(default_factory=list)
    verdicts: dict[RowKey, Verdict] = field(default_factory=dict)


async def _change(
    work: Work, ending: Ending, wanted: tuple[Operation, ...], planned: Callable[[Operation], None]
) -> Ending:
    """Plan what is to be changed from what is there now, and send it."""
    left = work.journal.changes(work.account)
    found = _Planned()
    for one in wanted:
        await _plan(work, one, found, is_left=(one.entity.kind, one.id) in left)
        planned(one)
    plan = plan_of(found.operations, work.settings)
    ending = replace(ending, plan=plan, verdicts=found.verdicts)
    taken_up = {
        number: left[one.entity.kind, one.id or 0]
        for number, one in enumerate(plan.operations)
        if (one.entity.kind, one.id) in left
    }
    await work.group.settled()
    work.journal.begin(work.run, plan.operations, taken_up=taken_up)
    now, settle = work.now, work.settings.settle
    known = known_of_changes(plan.operations, left, work.late_changes, now=now, settle=settle)
    ending = await _send(work, ending, plan, known)
    try:
        work.journal.end(ending.run_id, ending.status, work.wall())
    except ImporterError as error:
        return ending.because(error)
    return ending


async def _plan(work: Work, one: Operation, found: _Planned, *, is_left: bool) -> None:
    record = await one_record(work.service, one.entity, one.id or 0)
    if record is None and one.verb is Verb.UPDATE:
        found.verdicts[one.key] = gone(one)
    elif record is None or (one.verb is Verb.UPDATE and not any(differing(one.entity, one.payload, record))):
        if is_left:
            change = work.journal.changes(work.account)[one.entity.kind, one.id or 0]
            work.journal.settle(change, None)
        found.verdicts[one.key] = found_changed(one) if is_left else as_wanted(one)
    else:
        found.operations.append(replace(one, before=record, title=str(record[TITLE.name])))


async def _send(work: Work, ending: Ending, plan: Plan, known: Known) -> Ending:
    sent = await send(plan, work.service, work.group, work.settings, SILENCE, known, work.chance, work.wall)
    with contextlib.suppress(JournalBrokeError):
        await work.group.settled()
    ending = replace(ending, verdicts={**ending.verdicts, **sent.verdicts})
    rescue.secure(work.journal, ending.run_id, work.group.unsaved, plan.operations, [], lambda line: None)
    if sent.interrupted or sent.stop is not None:
        return ending.because(sent.stop) if sent.stop is not None else ending.by_user()
    return ending


def simulate_changes(seed: int, *, weather: Weather | None = None, kills: tuple[int, ...] = ()) -> Tale:
    """Live through the changing world of a seed. With `kills`, each run in turn dies at the effect of that number."""
    with folder_of_a_world() as folder:
        world = ChangingWorld(seed, Path(folder), weather=weather)
        try:
            if kills:
                for killed_at in kills:
                    world.start(killed_at=killed_at)
            else:
                bad_days(world)
            _good_days(world)
        finally:
            tale = told(world)
        return tale


def _good_days(world: ChangingWorld) -> None:
    """Nothing goes wrong any more: everything is done, and then nothing is left to do."""
    world.service.calm_down()
    ending = patient_runs(world)
    world.tale.outcomes += Counter(verdict.outcome for verdict in ending.verdicts.values())
    world.clock.come_to_rest()
    # What a run left as somebody edited it, or as it could not tell, the next one begins with.
    ending = patient_runs(world)
    world.clock.come_to_rest()
    writes = len(world.service.altered.attempts)
    ending = patient_runs(world)
    world.seen.all_is_changed(ending, more=len(world.service.altered.attempts) - writes)
    faults = world.tale.faults
    world.promises.windows(lost_time=bool(faults[Kind.JUMP] and faults[Kind.REBOOT]), forgot=False)
