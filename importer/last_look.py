"""A last look into a record that is about to be deleted."""

from collections.abc import Mapping
from dataclasses import dataclass

from importer.listing import complete_list
from importer.model import Operation, Outcome, Plan, RowKey, Verb, Verdict
from importer.revert import inside_of, left_with, listed_for
from importer.work import Work


@dataclass(frozen=True, slots=True)
class LastLook:
    """Looks once more, just before a record is deleted, whether anything is in it."""

    work: Work
    plan: Plan

    async def hold(self, operation: Operation, verdicts: Mapping[RowKey, Verdict]) -> Verdict | None:
        """Why the record stays: something is in it that this run has not deleted."""
        if operation.verb is not Verb.DELETE:
            return None
        lists = {
            (kind.kind, course): await complete_list(self.work.service, kind, course)
            for kind, course in listed_for(operation)
        }
        # A list may still show what was just deleted.
        gone = {
            (one.entity.kind, one.id)
            for one in self.plan.operations
            if (verdict := verdicts.get(one.key)) is not None and verdict.outcome is Outcome.DELETED
        }
        inside = [held for where, held in inside_of(operation, lists).items() if where not in gone]
        return left_with(operation, inside) if inside else None
