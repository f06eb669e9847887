"""Which rows go once more where an earlier run's rows are sent again: those that it did not bring in, and no others."""

from typing import Final

from importer.entities import entity
from importer.model import Former, Outcome, Reference, Resolution, Row, RowKey, Verdict
from importer.problems import NOT_CREATED, Problem, about, where

TO_SEND: Final = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.UNKNOWN, Outcome.PENDING})
"""The outcomes whose rows are sent again: nothing has to be corrected in them."""

_STATES: Final = {
    Outcome.INVALID: "has to be corrected",
    Outcome.REJECTED: "was refused by Nexudus",
}
_NOT_SENT: Final = "was not sent either"
_GONE: Final = "is not in Nexudus any more"


def sent_again(resolution: Resolution, former: Former) -> Resolution:
    """The same for the rows that are sent again; what stands below one that is not, and has no record, is blocked."""
    references: dict[RowKey, Reference] = {}
    verdicts = dict(resolution.verdicts)
    for key, reference in resolution.references.items():  # what is above comes first
        missing = next((above for above in reference.rows.values() if above not in references), None)
        if key not in former.again:
            continue
        if missing is None:
            references[key] = reference
        else:
            verdicts[key] = _blocked(former.rows[key], former.rows[missing], is_blocked=missing in verdicts)
    return Resolution(references=references, verdicts=verdicts)


def _blocked(row: Row, above: Row, *, is_blocked: bool) -> Verdict:
    problem = Problem(
        code=about(entity(above.kind).singular, NOT_CREATED),
        place=row.place,
        row=row.key.row,
        value=above.title,
        details={
            "singular": entity(row.kind).singular,
            "parent": where(above.place, above.key.row),
            "state": _NOT_SENT if is_blocked else _STATES.get(above.verdict.outcome, _GONE),
        },
    )
    return Verdict(outcome=Outcome.BLOCKED, problems=(problem,))
