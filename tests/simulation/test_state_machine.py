"""A world in which anything can happen in any order: Hypothesis chooses what, and shortens what breaks a promise."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from importer.choices import Existing
from importer.ending import Ending
from tests.simulation.faults import OF_THE_JOURNAL, STRIKES, Kind, Weather
from tests.simulation.life import folder_of_a_world, good_days, told
from tests.simulation.world import World

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))
"""Lives to live through; `make machine EXAMPLES=n` lives through more."""

CREATE_SOMETIMES = st.sampled_from([frozenset[Kind](), frozenset({Kind.CREATE_ANYWAY}), frozenset({Kind.DAY_SPENT})])


class Life(RuleBasedStateMachine):
    """One world, to which its rules happen."""

    @initialize(seed=st.integers(0, 10_000), how=CREATE_SOMETIMES, lag=st.sampled_from([0.0, 0.0, 40.0]))
    def is_born(self, seed: int, how: frozenset[Kind], lag: float) -> None:
        self.folder = folder_of_a_world()
        self.world = World(seed, Path(self.folder.name), weather=Weather(kinds=how, rate=0.0, latest=200.0, lag=lag))
        self.ending: Ending | None = None

    @rule()
    def send(self) -> None:
        self.ending = self.world.start()

    @rule(effect=st.integers(1, 120))
    def crash(self, effect: int) -> None:
        self.ending = self.world.start(killed_at=effect)

    @rule(after=st.floats(0, 120), twice=st.booleans())
    def stop(self, after: float, twice: bool) -> None:
        self.world.after(after, self.world.interrupt)
        if twice:
            self.world.after(after + 0.3, self.world.interrupt)
        self.ending = self.world.start()

    @rule(kinds=st.sets(st.sampled_from(sorted(STRIKES)), max_size=4), rate=st.sampled_from([0.1, 0.4, 0.8]))
    def the_weather_changes(self, kinds: set[Kind], rate: float) -> None:
        weather = self.world.service.weather
        weather.kinds, weather.rate = frozenset(kinds) | self.world.weather.kinds - STRIKES.keys(), rate

    @rule()
    def it_clears_up(self) -> None:
        self.world.service.weather.rate = 0.0

    @rule(way=st.sampled_from([Kind.CONNECT, Kind.SWALLOWED, Kind.THROTTLE, Kind.ROLE_LOST]), length=st.floats(1, 4000))
    def an_outage_begins(self, way: Kind, length: float) -> None:
        now = self.world.clock.now
        self.world.service.ways, self.world.service.outage = (way,), (now + 2.0, now + 2.0 + length)

    @rule()
    def the_token_expires(self) -> None:
        self.world.after(1.0, self.world.service.faults.expire_tokens)

    @rule(seconds=st.floats(-200_000, 200_000))
    def the_clock_is_set(self, seconds: float) -> None:
        self.world.set_the_clock(seconds)

    @rule(seconds=st.floats(1, 20_000), after=st.floats(0, 60))
    def the_machine_sleeps(self, seconds: float, after: float) -> None:
        self.world.after(after, lambda: self.world.sleep(seconds))

    @rule()
    def the_machine_restarts(self) -> None:
        self.world.reboot()

    @rule(seconds=st.floats(0, 1000))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.wait(seconds)

    @rule(commits=st.integers(0, 10), stored=st.booleans())
    def the_disk_fails(self, commits: int, stored: bool) -> None:
        self.world.after(0.001, lambda: self.world.fail_a_commit(commits, stored=stored))

    @rule()
    def the_disk_fills_up(self) -> None:
        self.world.after(2.0, self.world.fill_the_disk)

    @rule()
    def somebody_deletes_a_lesson(self) -> None:
        self.world.service.people.delete_a_lesson()

    @rule()
    def somebody_deletes_a_section(self) -> None:
        self.world.service.people.delete_a_section()

    @rule()
    def somebody_adds_what_is_being_sent(self) -> None:
        self.world.service.weather.kinds |= {Kind.COLLEAGUE}
        self.world.service.weather.rate = max(self.world.service.weather.rate, 0.1)

    @precondition(lambda self: self._may_change_sheets())
    @rule()
    def the_sheet_is_edited(self) -> None:
        self.world.edit_the_sheet()

    @precondition(lambda self: self._may_change_sheets())
    @rule()
    def another_sheet_is_imported(self) -> None:
        self.world.import_another()

    def _may_change_sheets(self) -> bool:
        return not self.world.work.twice and not self._creates()

    def _creates(self) -> bool:
        return self.world.settings.on_existing is Existing.CREATE

    @rule()
    def the_journal_is_copied(self) -> None:
        self.world.back_up()

    @precondition(lambda self: not self._creates())
    @rule(how=st.sampled_from(sorted(OF_THE_JOURNAL)))
    def the_journal_is_lost(self, how: Kind) -> None:
        self.world.lose_the_journal(how)

    @invariant()
    def every_promise_holds(self) -> None:
        assert self.world.promises.broken == []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            if not self.world.promises.broken:
                good_days(self.world)
            broken = told(self.world).broken
            self.folder.cleanup()
            assert broken == []


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
