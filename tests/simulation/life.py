"""The life of a world: bad days in which everything goes wrong that it has, then fair ones until all is done."""

import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from importer.choices import Existing
from importer.ending import Ending
from importer.model import Status
from importer.pacing import DAY, HOUR, LimitSpentError
from tests.simulation.faults import OF_THE_JOURNAL, SETTLE, Kind, Weather
from tests.simulation.tale import Tale
from tests.simulation.world import World

_OUTAGES: Final = (
    (Kind.CONNECT,),
    (Kind.CONNECT, Kind.ERROR_BEFORE, Kind.SWALLOWED, Kind.RESET_BEFORE),
    (Kind.THROTTLE, Kind.THROTTLE_DATE),
)
_JUMPS: Final = (-172_800.0, -3600.0, -30.0, 30.0, 3600.0, 172_800.0)
_LONGEST: Final = 4 * HOUR
"""Seconds within which everything has to be done once nothing goes wrong any more, where no day's limit is reached; the
time that the machine sleeps does not count."""

_MOST_RUNS: Final = 12


def folder_of_a_world() -> tempfile.TemporaryDirectory[str]:
    """A folder for the files of a world, in memory where the system has such: they are forced to disk all the time."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="simulation-")


def simulate(seed: int, *, weather: Weather | None = None, beyond: bool = False, kills: tuple[int, ...] = ()) -> Tale:
    """Live through the world of a seed. With `kills`, each run in turn dies at the effect of that number."""
    with folder_of_a_world() as folder:
        world = World(seed, Path(folder), weather=weather, beyond=beyond)
        try:
            if kills:
                for killed_at in kills:
                    world.start(killed_at=killed_at)
            else:
                bad_days(world)
            good_days(world)
        finally:
            tale = told(world)
        return tale


def told(world: World) -> Tale:
    """Close a world, and tell what happened there."""
    world.promises.close()
    world.service.store.close()
    tale = world.tale
    tale.broken = world.promises.broken
    tale.faults += world.service.truth.faults
    tale.twins = world.promises.twins
    tale.seconds = world.clock.now
    return tale


def bad_days(world: World) -> None:
    """Run the import a few times, while things go wrong."""
    chance, kinds = world.chance, world.weather.kinds
    impatience = random.Random(f"impatience of world {world.tale.seed}")
    for _ in range(chance.randint(1, 4)):
        _plan_the_day(world)
        killed_at = chance.randint(1, 80) if Kind.CRASH in kinds and chance.random() < 0.7 else None
        ending = world.start(killed_at=killed_at)
        if Kind.INTERRUPT in kinds and impatience.random() < 0.4:
            _start_and_stop(world, impatience)
        world.clock.wait(chance.choice((0.0, 0.5, 5.0, 60.0, 400.0)))
        _between_two_runs(world)
        if ending is not None and ending.status is Status.COMPLETED and chance.random() < 0.7:
            break


def _start_and_stop(world: World, impatience: random.Random) -> None:
    """Somebody stops the import soon and starts it again, over and over, while no row gets a clear answer."""
    world.service.answers_no_create = True
    for _ in range(impatience.randint(3, 6)):
        world.after(impatience.uniform(0.0, impatience.choice((1.0, 10.0, 60.0))), world.interrupt)
        world.start()
        world.clock.wait(impatience.choice((0.5, 30.0, SETTLE + 10.0)))
    world.service.answers_no_create = False


def _plan_the_day(world: World) -> None:
    """What happens while the next run goes on."""
    chance, kinds = world.chance, world.weather.kinds
    if chance.random() < 0.5:
        _outage(world)
    after = chance.uniform(0, chance.choice((5, 60, 600)))
    if Kind.INTERRUPT in kinds and chance.random() < 0.5:
        world.after(after, world.interrupt)
        if Kind.INTERRUPTED_TWICE in kinds:
            world.after(after + chance.uniform(0, 1), world.interrupt)
    if Kind.JUMP in kinds:
        seconds = chance.choice(_JUMPS)
        world.after(chance.uniform(0, 60), lambda: world.set_the_clock(seconds))
    if Kind.SUSPENDED in kinds and chance.random() < 0.5:
        length = chance.choice((30.0, 3600.0, 20_000.0))
        world.after(chance.uniform(0, chance.choice((5, 60, 300))), lambda: world.sleep(length))
    if Kind.SECOND_COMMAND in kinds:
        world.after(chance.uniform(0, 10), world.start_another)
    _plan_the_disk(world)


def _outage(world: World) -> None:
    chance, kinds, service = world.chance, world.weather.kinds, world.service
    ways = [*_OUTAGES] if Kind.OUTAGE in kinds else []
    ways += [(Kind.ROLE_LOST,)] if Kind.ROLE_LOST in kinds else []
    if ways:
        service.ways = chance.choice(ways)
        world.tale.faults[Kind.OUTAGE] += Kind.ROLE_LOST not in service.ways
        begin = world.clock.now + chance.uniform(0, chance.choice((1, 5, 30)))
        service.outage = (begin, begin + chance.choice((5.0, 60.0, 900.0, 3000.0)))


def _plan_the_disk(world: World) -> None:
    chance, kinds = world.chance, world.weather.kinds
    if Kind.DISK_FULL in kinds and chance.random() < 0.7:
        world.after(chance.uniform(0, 20), world.fill_the_disk)
    if Kind.DISK_ERROR in kinds and chance.random() < 0.7:
        commits, stored = chance.randint(0, 8), chance.random() < 0.5
        world.after(chance.uniform(0, 5), lambda: world.fail_a_commit(commits, stored=stored))


def _between_two_runs(world: World) -> None:
    chance, kinds = world.chance, world.weather.kinds
    if Kind.REBOOT in kinds and chance.random() < 0.3:
        world.reboot()
    if Kind.SHEET_EDITED in kinds and chance.random() < 0.5:
        world.edit_the_sheet()
    if Kind.OTHER_SHEET in kinds and chance.random() < 0.4:
        world.import_another()
    if Kind.JUMP in kinds and chance.random() < 0.5:
        world.set_the_clock(chance.choice(_JUMPS))
    for kind, delete in (
        (Kind.DELETED, world.service.people.delete_a_lesson),
        (Kind.SECTION_DELETED, world.service.people.delete_a_section),
    ):
        if kind in kinds and chance.random() < 0.3:
            delete()
    _trouble_with_the_journal(world)


def _trouble_with_the_journal(world: World) -> None:
    chance, kinds = world.chance, world.weather.kinds
    for how in sorted(OF_THE_JOURNAL & kinds):
        if chance.random() < 0.4:
            world.lose_the_journal(how)
    if Kind.JOURNAL_RESTORED in kinds and chance.random() < 0.6:
        world.back_up()


def good_days(world: World) -> None:
    """Nothing goes wrong any more: everything has to come to its end, and then nothing is left to do."""
    world.service.calm_down()
    if world.promises.beyond:
        world.clock.come_to_rest()
    began = world.clock.awake
    ending = patient_runs(world)
    took = world.clock.awake - began
    waits_for_days = world.settings.writes_per_day or Kind.THROTTLE_LONG in world.weather.kinds
    if took > _LONGEST + (_MOST_RUNS * DAY if waits_for_days else 0.0):
        world.promises.breaks("liveness", f"it took {took:.0f} seconds")
    world.tale.outcomes += Counter(verdict.outcome for verdict in ending.verdicts.values())
    world.clock.come_to_rest()
    world.promises.all_is_done(world.work, ending)
    if world.settings.on_existing is not Existing.CREATE:
        world.clock.wait(HOUR if world.settings.requests_per_hour else 0.0)
        again = patient_runs(world, 1)
        assert world.last is not None
        world.promises.nothing_more(world.last, world.weather.kinds)
        world.promises.all_is_done(world.work, again)
    faults = world.tale.faults
    world.promises.windows(
        lost_time=bool(faults[Kind.JUMP] and faults[Kind.REBOOT]),
        forgot=any(faults[how] for how in OF_THE_JOURNAL),
    )


def patient_runs(world: World, most: int = _MOST_RUNS) -> Ending:
    """Run until nothing stops the run any more."""
    while True:
        ending = world.start() or Ending()
        most -= 1
        if ending.status is Status.COMPLETED:
            return ending
        spent = isinstance(ending.stop, LimitSpentError)
        world.tale.faults[Kind.DAY_SPENT] += spent and Kind.DAY_SPENT in world.weather.kinds
        if not most:
            world.promises.breaks("liveness", f"the import does not come to an end: {ending.stop}")
            return ending
        world.clock.wait(min(ending.stop.seconds, DAY) + 1.0 if isinstance(ending.stop, LimitSpentError) else 30.0)
