"""What other people do at the service of a simulated world, at the same time as the import."""

import json
import random
from dataclasses import dataclass, field

from importer.answers import Request
from importer.entities import (
    COURSE_ID,
    DISPLAY_ORDER,
    ID,
    LESSON,
    SECTION,
    SECTION_ID,
    TITLE,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
)
from importer.sandbox import OPS, Query
from tests.simulation.faults import Kind
from tests.simulation.sheets import COURSE as COURSE_NUMBER
from tests.simulation.truth import BEFORE, COLLEAGUE, Truth, entity_of

OTHER_COURSE = 102


@dataclass(slots=True)
class People:
    """Colleagues, who write by hand and know nothing of the import."""

    truth: Truth
    chance: random.Random
    _passing: list[int] = field(default_factory=list)

    def add_section_before(self, title: str, order: int) -> None:
        """A section was there long before the import, and looks like that of the sheet."""
        clock = self.truth.clock
        now, clock.now = clock.now, 0.0
        body = {COURSE_ID.name: COURSE_NUMBER, TITLE.name: title, DISPLAY_ORDER: order, UNLOCK_TYPE.name: 1}
        self.truth.create(SECTION, body | {UNLOCK_AFTER_DAYS.name: 0}, BEFORE)
        self.truth.faults[Kind.THERE_BEFORE] += 1
        clock.now = now

    def fill_another_course(self, titles: list[str]) -> None:
        """Another course has sections of the same titles."""
        for title in titles:
            body = {COURSE_ID.name: OTHER_COURSE, TITLE.name: title, DISPLAY_ORDER: 1, UNLOCK_TYPE.name: 1}
            self.truth.store.create(SECTION, body | {UNLOCK_AFTER_DAYS.name: 0}, by=BEFORE)

    def drift(self) -> None:
        """Somebody adds a record of another title, or takes one away."""
        self.truth.faults[Kind.DRIFT] += 1
        if self._passing and self.chance.random() < 0.5:
            self.truth.store.delete(LESSON, self._passing.pop(0))
        else:
            title = f"Passing {len(self._passing)}"
            body = {COURSE_ID.name: COURSE_NUMBER, TITLE.name: title, DISPLAY_ORDER: 1}
            self._passing.append(self.truth.create(LESSON, body, COLLEAGUE))

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
