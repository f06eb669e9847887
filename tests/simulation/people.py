"""What other people do at the service of a simulated world, at the same time as the import."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.answers import Request
from importer.entities import (
    COURSE,
    COURSE_ID,
    DISPLAY_ORDER,
    ID,
    LESSON,
    SECTION,
    SECTION_ID,
    TITLE,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
    Entity,
)
from importer.sandbox import OPS, Query
from tests.simulation.faults import Kind
from tests.simulation.sheets import ACADEMY
from tests.simulation.sheets import COURSE as COURSE_NUMBER
from tests.simulation.truth import BEFORE, COLLEAGUE, Truth, entity_of

OTHER_COURSE = 102


@dataclass(slots=True)
class People:
    """Colleagues, who write by hand and know nothing of the import."""

    truth: Truth
    chance: random.Random
    drifting: Entity = LESSON
    """What comes and goes besides the import."""
    _passing: list[tuple[Entity, int]] = field(default_factory=list)

    def add_course_before(self) -> int:
        """The course was there long before the import; its number."""
        body = {"BusinessId": 1, "HostId": 301, TITLE.name: ACADEMY, DISPLAY_ORDER: 1, "Visibility": 1}
        return self._long_ago(COURSE, body)

    def add_section_before(self, course: int, title: str, order: int) -> None:
        """A section was there long before the import, and looks like that of the sheet."""
        body = {COURSE_ID.name: course, TITLE.name: title, DISPLAY_ORDER: order, UNLOCK_TYPE.name: 1}
        self._long_ago(SECTION, body | {UNLOCK_AFTER_DAYS.name: 0})

    def _long_ago(self, entity: Entity, body: Mapping[str, object]) -> int:
        clock = self.truth.clock
        now, clock.now = clock.now, 0.0
        number = self.truth.create(entity, body, BEFORE)
        self.truth.faults[Kind.THERE_BEFORE] += 1
        clock.now = now
        return number

    def fill_another_course(self, titles: list[str]) -> None:
        """Another course has sections of the same titles."""
        for title in titles:
            body = {COURSE_ID.name: OTHER_COURSE, TITLE.name: title, DISPLAY_ORDER: 1, UNLOCK_TYPE.name: 1}
            self.truth.store.create(SECTION, body | {UNLOCK_AFTER_DAYS.name: 0}, by=BEFORE)

    def drift(self) -> None:
        """Somebody adds a record of another title, or takes one away."""
        self.truth.faults[Kind.DRIFT] += 1
        if self._passing and self.chance.random() < 0.5:
            self.truth.store.delete(*self._passing.pop(0))
        else:
            title = f"Passing {len(self._passing)}"
            body = {COURSE_ID.name: COURSE_NUMBER, TITLE.name: title, DISPLAY_ORDER: 1}
            self._passing.append((self.drifting, self.truth.create(self.drifting, body, COLLEAGUE)))

    def add_the_same(self, request: Request) -> None:
        """Somebody adds by hand what the request is to create; now and then it looks just the same."""
        self.truth.faults[Kind.COLLEAGUE] += 1
        body = json.loads(request.body or b"{}")
        if self.chance.random() < 0.4:
            body[DISPLAY_ORDER] += 1000
        self.truth.touched.add(self.truth.key_of(request))
        self.truth.create(entity_of(request), body, COLLEAGUE)

    def delete_a_lesson(self) -> bool:
        """Somebody deletes a lesson that the program made; false where there is none."""
        lessons = [
            number for (kind, number), (_, by) in self.truth.held().items() if kind == LESSON.kind and by == OPS.name
        ]
        if lessons:
            self.truth.faults[Kind.DELETED] += 1
            self.truth.delete(LESSON, self.chance.choice(lessons))
        return bool(lessons)

    def delete_a_section(self) -> bool:
        """Somebody deletes a section with all its lessons; false where there is none."""
        sections = [number for kind, number in self.truth.held() if kind == SECTION.kind]
        if sections:
            self.truth.faults[Kind.SECTION_DELETED] += 1
            section = self.chance.choice(sections)
            for lesson in self.truth.store.find(LESSON, Query(equal={SECTION_ID.name: section}))[0]:
                self.truth.delete(LESSON, int(str(lesson[ID])))
            self.truth.delete(SECTION, section)
        return bool(sections)
