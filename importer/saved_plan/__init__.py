"""Plans that are saved to be looked at and agreed to, and carried out later: exactly as saved, or not at all."""

from importer.saved_plan.comparing import Present, differences, steps_of
from importer.saved_plan.file import ensure_free, keep
from importer.saved_plan.form import SavedPlan
from importer.saved_plan.making import mapping_sha256, saved_plan
from importer.saved_plan.taking import take_up

__all__ = [
    "Present",
    "SavedPlan",
    "differences",
    "ensure_free",
    "keep",
    "mapping_sha256",
    "saved_plan",
    "steps_of",
    "take_up",
]
