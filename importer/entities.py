"""What a course, its sections and its lessons are: each field, rule and relation, declared once.

Everything that has to know a heading, an API name, a choice or a limit derives it from here: header
matching, the typed columns, the pandera schemas, payloads, directory look-ups, templates, the sandbox's
own checks and the tables of the documentation. This module imports nothing of ours.

Source of the fields, enums and rules: the service's reference pages "Create Course", "Create CourseSection",
"Create CourseLesson" and "Get one CourseLesson".
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a cell of a column holds, and so how it is read and sent."""

    TEXT = "text"
    """One line of text, trimmed at the ends."""
    BODY = "long text"
    """HTML or rich text, sent to the letter."""
    WHOLE = "whole number"
    YES_NO = "yes or no"
    CHOICE = "choice"
    """One of a list of names; the service takes its number."""
    WEB_ADDRESS = "web address"
    MOMENT = "date and time"
    """A time stamp of the service, kept as it is written."""


LARGEST_WHOLE: Final = 2**31 - 1
"""The largest whole number that the service keeps: all of its numbers, ids too, are integers of 32 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of an enum of the service."""

    name: str
    number: int
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a sheet and, where it is sent, one key of the service's JSON.

    `name` is the API name and the heading that templates use; `spellings` are further headings that people
    use for it (matched like the name: ignoring case, spaces, `_`, `-` and a trailing `*`). `required` means
    that every row needs a value. `blank` is the value that a blank cell stands for; without one, a blank
    optional cell is left out of the payload. `sent` is false for a column that only serves to find
    something out (a section's title). `told` is false for what the service acts upon and does not keep: no record tells
    it.
    """

    name: str
    kind: Kind
    help: str
    example: str
    required: bool = False
    spellings: tuple[str, ...] = ()
    minimum: int | None = None
    choices: tuple[Choice, ...] = ()
    types: tuple[str, ...] = ()
    """Endings that the path of a web address may show, such as ".png"."""
    blank: int | None = None
    sent: bool = True
    told: bool = True
    words_only: bool = False
    """Whether a choice is meant by its name alone, and not by its number."""
    is_email: bool = False
    """Whether a text has to be an e-mail address."""
    shown_as: str | None = None
    """Of what no record tells, the key under which it tells what came of it: the name of a picture's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """How a record names the record above it.

    `filter_name` is what the service's list calls it: `CourseLesson_Section=7` asks for the lessons of
    section 7. `title` is the column that may name it by its title instead of its id. `required` means that every
    row has to name it, in one of the two ways.
    """

    kind: str
    id: str
    filter_name: str
    title: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A column that tells a number by something that people know: `gives` is the field that takes the number.

    The service is asked for its records of that name and path whose `key` is what stands in the cell.
    """

    column: Field
    gives: str
    record: str
    path: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOnlyWith:
    """`number` counts only where `choice_field` is `choice`: at least `minimum` there, blank or 0 elsewhere."""

    number: str
    choice_field: str
    choice: Choice
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoNeeded:
    """Where `choice_field` is `choice`, `body` has to embed a video hosted on YouTube."""

    body: str
    choice_field: str
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWithYes:
    """`value` cannot be filled where `flag` is yes."""

    value: str
    flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededWith:
    """Where `choice_field` is `choice`, `value` has to be filled in."""

    value: str
    choice_field: str
    choice: Choice


Rule = NumberOnlyWith | VideoNeeded | NotWithYes | NeededWith


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One kind of record.

    `kind` names it for the user ("lessons"), `sheet` is the sheet that holds it, `record` and `path` are the
    service's names. `fields` are what a person fills in. `parents` begins with the record whose lists are asked for it
    (its course); what has none is listed as a whole. `natural_key` are the fields that tell two records apart for a
    person, the title last; of a parent, its id.
    """

    kind: str
    singular: str
    sheet: str
    record: str
    path: str
    fields: tuple[Field, ...]
    parents: tuple[Parent, ...]
    natural_key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    lookups: tuple[Lookup, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        """Let it be the same one in every process that it passes to."""
        return entity, (self.kind,)

    @property
    def columns(self) -> tuple[Field, ...]:
        """All columns that a sheet can have: the fields, what tells a record, and what is to happen to it."""
        return (RECORD_ID, ACTION, *self.fields, *(one.column for one in self.lookups), UPDATED_ON)

    def field(self, name: str) -> Field:
        """The column of that API name; `KeyError` where there is none."""
        for field in self.columns:
            if field.name == name:
                return field
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether the entity has a column of that API name."""
        return any(field.name == name for field in self.columns)

    @property
    def required(self) -> tuple[Field, ...]:
        """The fields that every row needs."""
        return tuple(field for field in self.fields if field.required)

    @property
    def needed(self) -> tuple[Field, ...]:
        """The columns that every sheet needs, those of a parent by its id (its title is as good)."""
        return (*(self.field(parent.id) for parent in self.parents if parent.required), *self.required)

    @property
    def identifying(self) -> frozenset[str]:
        """The columns without which a row cannot be found among the records, unless it names its own."""
        scope = (self.scope.id, self.scope.title) if self.scope else ()
        return self.never_empty & {*self.natural_key, *scope}

    @property
    def never_empty(self) -> frozenset[str]:
        """The columns whose fields can never be emptied: those that every record needs."""
        titles = (parent.title for parent in self.parents if parent.required and parent.title)
        return frozenset({*(field.name for field in self.needed), *titles})

    @property
    def scope(self) -> Parent | None:
        """The parent that lists are asked for; None where all records are in one list."""
        return self.parents[0] if self.parents else None

    @property
    def within(self) -> Parent | None:
        """The parent inside of what a list is asked for; None where records stand in that directly."""
        return self.parents[-1] if len(self.parents) > 1 else None

    @property
    def key_numbers(self) -> tuple[str, ...]:
        """The numbers of the natural key that name no parent."""
        above = {parent.id for parent in self.parents}
        return tuple(name for name in self.natural_key[:-1] if name not in above)

    @property
    def named_parents(self) -> tuple[Parent, ...]:
        """The parents that a row may name by their title."""
        return tuple(parent for parent in self.parents if parent.title is not None)


ID: Final = "Id"
"""The key under which the service gives a record's id."""

CREATED_ON: Final = "CreatedOn"
"""The key under which the service says when it made a record."""

RECORD_ID: Final = Field(
    name=ID,
    kind=Kind.WHOLE,
    spellings=("Record id", "Record number", "Number in Nexudus", "ID in Nexudus"),
    minimum=1,
    example="",
    sent=False,
    help="The number of the record in Nexudus. It names the record outright, whatever else the row says.",
)

CREATE: Final = Choice(name="create", number=1, help="make a new record; it is a mistake if it is there already")
UPDATE: Final = Choice(name="update", number=2, help="change the record; it is a mistake if it is not there")
UPSERT: Final = Choice(name="upsert", number=3, help="change the record, or make it if it is not there")
DELETE: Final = Choice(name="delete", number=4, help="delete the record; only with --allow-delete")
SKIP: Final = Choice(name="skip", number=5, help="leave the row out")

ACTION: Final = Field(
    name="Action",
    kind=Kind.CHOICE,
    spellings=("Import action",),
    choices=(CREATE, UPDATE, UPSERT, DELETE, SKIP),
    words_only=True,
    example="",
    sent=False,
    help="What is to happen to the row. Left blank, what the command says (--on-existing).",
)

UPDATED_ON: Final = Field(
    name="UpdatedOn",
    kind=Kind.MOMENT,
    spellings=("Updated", "Updated at", "Last updated", "Last updated on", "Modified", "Modified on", "Last modified"),
    example="",
    sent=False,
    help="When the record was last changed in Nexudus, as an export has it.",
)

EVERYWHERE: Final = 0
"""In place of a course's id: the records have none, or it has no id yet."""

TITLE: Final = Field(
    name="Title",
    kind=Kind.TEXT,
    required=True,
    spellings=("Name", "Full title"),
    example="Welcome",
    help="The title that members see.",
)

IMAGE_FILE: Final = "ImageFileName"
LARGE_IMAGE_FILE: Final = "LargeImageFileName"
"""The keys under which a record tells the file of its picture; that of the large one is assumed."""

ACTIVE: Final = Field(
    name="Active",
    kind=Kind.YES_NO,
    spellings=("Is active", "Published", "Is published", "Visible", "Is visible", "Enabled", "Live"),
    example="yes",
    help="Whether members can see it. Left blank, the service decides, and members may not see it.",
)

IMAGE_TYPES: Final = (".jpg", ".jpeg", ".png", ".gif")

NEW_IMAGE: Final = Field(
    name="NewImageUrl",
    kind=Kind.WEB_ADDRESS,
    spellings=("Image", "Image URL", "Image link", "Thumbnail", "Thumbnail URL", "New image", "Picture", "Cover image"),
    types=IMAGE_TYPES,
    example="https://www.example.com/images/welcome.png",
    help="Web address of a picture to upload (JPG, PNG or GIF, at most 10 MB).",
    told=False,
    shown_as=IMAGE_FILE,
)

CLEAR_IMAGE: Final = Field(
    name="ClearImageFile",
    kind=Kind.YES_NO,
    spellings=("Clear image", "Remove image", "Delete image"),
    example="no",
    help="Yes takes the present picture away. Not together with a new picture.",
    told=False,
    shown_as=IMAGE_FILE,
)

IMMEDIATE: Final = Choice(name="Immediate", number=1, help="open as soon as the member enrols")
SEQUENTIAL: Final = Choice(name="Sequential", number=2, help="open when the one before is done")
TIMED: Final = Choice(name="Timed", number=3, help="open a number of days after enrolment")
UNLOCK_TYPES: Final = (IMMEDIATE, SEQUENTIAL, TIMED)

NOTHING: Final = Choice(name="None", number=1, help="nobody keeps track")
VISITED: Final = Choice(name="Visited", number=2, help="done when the member opens it")
BUTTON: Final = Choice(name="Button", number=3, help="done when the member presses a button")
VIDEO: Final = Choice(name="Video", number=4, help="done when the member has watched the YouTube video in the lesson")
COMPLETION_TYPES: Final = (NOTHING, VISITED, BUTTON, VIDEO)

UNLOCK_TYPE: Final = Field(
    name="UnlockType",
    kind=Kind.CHOICE,
    required=True,
    spellings=("Unlock", "Unlock mode", "Unlock rule", "Release type", "Release mode", "Release", "Drip type"),
    choices=UNLOCK_TYPES,
    example=TIMED.name,
    help="When it opens for a member.",
)

UNLOCK_AFTER_DAYS: Final = Field(
    name="UnlockAfterDays",
    kind=Kind.WHOLE,
    spellings=(
        "Unlock after",
        "Unlock after (days)",
        "Days",
        "Unlock days",
        "Days to unlock",
        "Days after enrolment",
        "Days after enrollment",
        "Release after",
        "Release days",
        "Drip",
        "Drip days",
        "Delay",
        "Delay (days)",
    ),
    minimum=0,
    blank=0,
    example="7",
    help="Days after enrolment before it opens: 1 or more with Timed, blank or 0 otherwise.",
)

COURSE_ID: Final = Field(
    name="CourseId",
    kind=Kind.WHOLE,
    spellings=("Course number", "Course no", "Course no.", "Course #"),
    minimum=1,
    example="101",
    help="The number of the course in Nexudus. The option --course-id gives it for rows that name no course.",
)

COURSE_TITLES: Final = ("Course", "Course title", "Course name")
"""What people call the title of a course, on any sheet."""

COURSE_TITLE: Final = Field(
    name=COURSE_TITLES[0],
    kind=Kind.TEXT,
    spellings=COURSE_TITLES[1:],
    sent=False,
    example="Getting started",
    help="The title of the course: one of this import, or one that is in Nexudus.",
)

DISPLAY_ORDER: Final = "DisplayOrder"
"""The field by which records are put in order below their parent."""


def _display_order(help: str, example: str, spelling: str) -> Field:
    return Field(
        name=DISPLAY_ORDER,
        kind=Kind.WHOLE,
        required=True,
        spellings=("Order", "Position", "Sort order", "Sequence", spelling),
        minimum=0,
        example=example,
        help=help,
    )


TIMED_NEEDS_DAYS: Final = NumberOnlyWith(
    number=UNLOCK_AFTER_DAYS.name, choice_field=UNLOCK_TYPE.name, choice=TIMED, minimum=1
)
NEW_OR_NO_IMAGE: Final = NotWithYes(value=NEW_IMAGE.name, flag=CLEAR_IMAGE.name)

PUBLIC: Final = Choice(name="Public", number=1, help="everybody can see it")
HIDDEN: Final = Choice(name="Hidden", number=2, help="only who has its address can see it")
PRIVATE: Final = Choice(name="Private", number=3, help="only who is invited can see it")
PAID: Final = Choice(name="Paid", number=4, help="members of a plan can see it, which TariffId names")

VISIBILITY: Final = Field(
    name="Visibility",
    kind=Kind.CHOICE,
    required=True,
    spellings=("Course visibility", "Visible to"),
    choices=(PUBLIC, HIDDEN, PRIVATE, PAID),
    example=PUBLIC.name,
    help="Who can see the course.",
)

TARIFF_ID: Final = Field(
    name="TariffId",
    kind=Kind.WHOLE,
    spellings=("Tariff", "Tariff number", "Plan id", "Plan number"),
    minimum=1,
    example="",
    help="The number of the plan that opens the course. Paid needs it.",
)

BUSINESS_ID: Final = Field(
    name="BusinessId",
    kind=Kind.WHOLE,
    required=True,
    spellings=("Business number", "Location id", "Location number"),
    minimum=1,
    example="1",
    help="The number of the location in Nexudus that the course belongs to.",
)

HOST_ID: Final = Field(
    name="HostId",
    kind=Kind.WHOLE,
    required=True,
    spellings=("Host number",),
    minimum=1,
    example="301",
    help="The number of the coworker who hosts the course.",
)

NEW_LARGE_IMAGE: Final = Field(
    name="NewLargeImageUrl",
    kind=Kind.WEB_ADDRESS,
    spellings=("Large image", "Large image URL", "Banner", "Banner image"),
    types=IMAGE_TYPES,
    example="https://www.example.com/images/welcome-large.png",
    help="Web address of a large picture to upload (JPG, PNG or GIF, at most 10 MB).",
    told=False,
    shown_as=LARGE_IMAGE_FILE,
)

CLEAR_LARGE_IMAGE: Final = Field(
    name="ClearLargeImageFile",
    kind=Kind.YES_NO,
    spellings=("Clear large image", "Remove large image"),
    example="no",
    help="Yes takes the present large picture away. Not together with a new one.",
    told=False,
    shown_as=LARGE_IMAGE_FILE,
)


def _text(name: str, help: str, example: str, *spellings: str, kind: Kind = Kind.TEXT) -> Field:
    return Field(name=name, kind=kind, help=help, example=example, spellings=spellings)


COURSE: Final = Entity(
    kind="courses",
    singular="course",
    sheet="Courses",
    record="Course",
    path="courses",
    fields=(
        BUSINESS_ID,
        HOST_ID,
        replace(TITLE, spellings=(*TITLE.spellings, *COURSE_TITLES), example=COURSE_TITLE.example),
        _display_order("Its place among the courses: the lowest number comes first.", "1", "Course order"),
        VISIBILITY,
        TARIFF_ID,
        _text(
            "SummaryText",
            "A short summary for the list of courses, of about 400 characters at most.",
            "Your first month with us, step by step.",
            "Summary",
            "Course summary",
            "Short description",
            "Teaser",
        ),
        _text(
            "FullDescription",
            "The description (HTML) on the course's own page.",
            "<p>What to know and whom to meet.</p>",
            "Description",
            "Course description",
            kind=Kind.BODY,
        ),
        _text("ShowOverview", "Whether the course begins with an overview.", "no", kind=Kind.YES_NO),
        _text(
            "OverviewText",
            "The text (HTML) of the overview.",
            "<p>Four weeks, an hour each.</p>",
            "Overview contents",
            kind=Kind.BODY,
        ),
        _text(
            "HasCommunityGroup",
            "Whether members of the course have a group to talk in.",
            "no",
            "Community group",
            kind=Kind.YES_NO,
        ),
        _text("GroupName", "The heading below which the course is listed.", "New members", "Course group"),
        _text("ShowInHomePage", "Whether the home page shows the course.", "no", "Featured", kind=Kind.YES_NO),
        ACTIVE,
        NEW_IMAGE,
        CLEAR_IMAGE,
        NEW_LARGE_IMAGE,
        CLEAR_LARGE_IMAGE,
    ),
    parents=(),
    natural_key=(BUSINESS_ID.name, TITLE.name),
    rules=(
        NeededWith(value=TARIFF_ID.name, choice_field=VISIBILITY.name, choice=PAID),
        NEW_OR_NO_IMAGE,
        NotWithYes(value=NEW_LARGE_IMAGE.name, flag=CLEAR_LARGE_IMAGE.name),
    ),
)

COURSE_ABOVE: Final = Parent(
    kind=COURSE.kind, id=COURSE_ID.name, filter_name=COURSE.record, title=COURSE_TITLE.name, required=True
)

SECTION_TITLES: Final = (
    "Section",
    "Section title",
    "Section name",
    "Module",
    "Module title",
    "Module name",
    "Chapter",
    "Chapter title",
    "Chapter name",
)
"""What people call the title of a section, on either sheet."""

LESSON_TITLES: Final = ("Lesson", "Lesson title", "Lesson name", "Lecture", "Lecture title", "Topic")

SECTION: Final = Entity(
    kind="sections",
    singular="section",
    sheet="Sections",
    record="CourseSection",
    path="coursesections",
    fields=(
        COURSE_ID,
        COURSE_TITLE,
        replace(TITLE, spellings=(*TITLE.spellings, *SECTION_TITLES)),
        _display_order("Its place in the course: the lowest number comes first.", "1", "Section order"),
        UNLOCK_TYPE,
        UNLOCK_AFTER_DAYS,
        Field(
            name="SectionContents",
            kind=Kind.BODY,
            spellings=(
                "Contents",
                "Content",
                "Section content",
                "Section text",
                "Introduction",
                "Text",
                "Body",
                "HTML",
            ),
            example="<p>Your first week with us.</p>",
            help="Text (HTML) shown at the top of the section.",
        ),
        ACTIVE,
        NEW_IMAGE,
        CLEAR_IMAGE,
    ),
    parents=(COURSE_ABOVE,),
    natural_key=(COURSE_ID.name, TITLE.name),
    rules=(TIMED_NEEDS_DAYS, NEW_OR_NO_IMAGE),
)

SECTION_ID: Final = Field(
    name="SectionId",
    kind=Kind.WHOLE,
    minimum=1,
    example="",
    help="The number of the lesson's section in Nexudus. Usually the column Section is easier.",
)

SECTION_TITLE: Final = Field(
    name="Section",
    kind=Kind.TEXT,
    spellings=SECTION_TITLES[1:],
    sent=False,
    example=TITLE.example,
    help="The title of the lesson's section: one of this import, or one that the course already has.",
)

COMPLETION_TYPE: Final = Field(
    name="CompletionType",
    kind=Kind.CHOICE,
    required=True,
    spellings=("Completion", "Completion rule", "Completed by", "Completed when", "Complete when", "Done when"),
    choices=COMPLETION_TYPES,
    example=BUTTON.name,
    help="What marks the lesson as done.",
)

LESSON_CONTENTS: Final = Field(
    name="LessonContents",
    kind=Kind.BODY,
    spellings=(
        "Contents",
        "Content",
        "Lesson content",
        "Lesson text",
        "Text",
        "Body",
        "HTML",
        "Video URL",
        "Video link",
        "YouTube link",
        "Embed code",
    ),
    example="<p>Where to find keys, Wi-Fi and coffee.</p>",
    help="The lesson itself (HTML). With Video it has to embed a video hosted on YouTube.",
)

INSTRUCTOR_ID: Final = Field(
    name="InstructorId",
    kind=Kind.WHOLE,
    spellings=("Instructor", "Instructor number", "Teacher id"),
    minimum=1,
    example="",
    help="The number of the coworker who teaches the lesson, where it is not the host of the course.",
)

INSTRUCTOR: Final = Lookup(
    column=Field(
        name="InstructorEmail",
        kind=Kind.TEXT,
        spellings=("Instructor e-mail address", "Teacher email", "Email of the instructor"),
        example="",
        sent=False,
        is_email=True,
        help="The e-mail address of the coworker who teaches the lesson, in place of the number.",
    ),
    gives=INSTRUCTOR_ID.name,
    record="Coworker",
    path="spaces/coworkers",
    key="Email",
)

LESSON: Final = Entity(
    kind="lessons",
    singular="lesson",
    sheet="Lessons",
    record="CourseLesson",
    path="courselessons",
    fields=(
        COURSE_ID,
        COURSE_TITLE,
        SECTION_TITLE,
        SECTION_ID,
        replace(TITLE, spellings=(*TITLE.spellings, *LESSON_TITLES)),
        _display_order(
            "Its place in the section, or in the course: the lowest number comes first.", "1", "Lesson order"
        ),
        UNLOCK_TYPE,
        UNLOCK_AFTER_DAYS,
        COMPLETION_TYPE,
        Field(
            name="SummaryText",
            kind=Kind.TEXT,
            spellings=("Summary", "Lesson summary", "Short description", "Teaser"),
            example="The ten things to know on day one.",
            help="A short summary for the list of lessons.",
        ),
        LESSON_CONTENTS,
        INSTRUCTOR_ID,
        ACTIVE,
        NEW_IMAGE,
        CLEAR_IMAGE,
    ),
    parents=(
        COURSE_ABOVE,
        Parent(kind=SECTION.kind, id=SECTION_ID.name, filter_name="Section", title=SECTION_TITLE.name),
    ),
    natural_key=(COURSE_ID.name, SECTION_ID.name, TITLE.name),
    rules=(
        TIMED_NEEDS_DAYS,
        VideoNeeded(body=LESSON_CONTENTS.name, choice_field=COMPLETION_TYPE.name, choice=VIDEO),
        NEW_OR_NO_IMAGE,
    ),
    lookups=(INSTRUCTOR,),
)

ENTITIES: Final = (COURSE, SECTION, LESSON)
"""What a spreadsheet can bring in, parents before children: the order of the waves."""

SERVED: Final = ENTITIES
"""What the service holds, as far as the importer looks at it."""

CLEAR: Final = "<clear>"
"""The word in a cell that empties the field of a record; in any case."""

FILL_IN: Final = "<fill in>"
"""What an errors file has in a cell that has no value of its own, and only where it stood said so; in any case."""

IS_SECTION: Final = "<a section>"
"""What an errors file has in the column for the titles of lessons on the row of a section; in any case."""

STATUS_HEADING: Final = "ImportStatus"
ERROR_HEADING: Final = "ImportError"
RECORD_HEADING: Final = "NexudusId"
OUR_HEADINGS: Final = (STATUS_HEADING, ERROR_HEADING, RECORD_HEADING)
"""The columns that reports add; they are ignored when a report is imported again."""

INSTRUCTIONS_SHEET: Final = "Instructions"
"""The sheet of a template that tells how to fill it in; never imported."""

SUMMARY_SHEET: Final = "Import summary"
"""The first sheet of a report on a workbook; never imported."""


def entity(kind: str) -> Entity:
    """The importable entity of that kind ("courses", "sections", "lessons"); `KeyError` where there is none."""
    for candidate in ENTITIES:
        if candidate.kind == kind:
            return candidate
    raise KeyError(kind)
