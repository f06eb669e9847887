"""What is asked of the journal for the account's limits: the requests that they still hold, the wait that is left.

Ages are by the clock that counts from the start of the machine, wherever that is still the same: nobody can set it.
Else they are by the wall clock. After one that was set back, what seems to come from the future counts as used when it
was first seen so, which is for longer and never for shorter, and ages from then on. One that was set forward while the
machine was started anew cannot be told from time that has passed.
"""

from typing import Final

from importer.pacing import DAY

_LATEST: Final = 150.0
"""Seconds after which a request has surely ended whose process died: no answer is waited for any longer."""

USED: Final = f"""
SELECT max(iif(answered_at IS NULL, -{_LATEST}, 0.0), CASE WHEN boot = :boot AND :clock IS NOT NULL
    THEN :clock - coalesce(answered_clock, sent_clock + {_LATEST})
    ELSE :now - coalesce(answered_at, sent_at + {_LATEST}) END) AS age, is_write
FROM attempt JOIN run ON run.id = attempt.run_id
WHERE address = :address AND account = :account AND is_used AND age < {DAY}
"""
"""Seconds since the answer came, and whether it was a write.

What has no answer may still be on its way, and reach the service after the process died that sent it; until it surely
has ended its age is negative.
"""

SEEN_FROM_THE_FUTURE: Final = """
UPDATE attempt SET sent_at = :now, sent_clock = :clock, answered_at = iif(answered_at IS NULL, NULL, :now),
    answered_clock = iif(answered_at IS NULL, NULL, :clock), boot = :boot
WHERE coalesce(answered_at, sent_at) > :now AND (boot IS NULL OR :boot IS NULL OR boot <> :boot)
"""
"""A command begins: what was asked in the future, as the clock was set back, was asked now. Else it would never age."""

_SINCE: Final = "max(0.0, CASE WHEN boot = :boot THEN :clock - clock ELSE :now - at END)"
"""Seconds since something happened."""

THROTTLE: Final = f"""
SELECT max(0.0, seconds - {_SINCE}) AS rest
FROM throttle JOIN run ON run.id = throttle.run_id
WHERE address = :address AND account = :account ORDER BY throttle.number DESC LIMIT 1
"""
"""What is left of the last throttle, which was stored with what was left of all before it."""

LOST: Final = f"""
UPDATE lost SET age = coalesce(age + {_SINCE}, max(0.0, :now - written_at)), at = :now, clock = :clock, boot = :boot
"""
"""A command begins: how old what was lost is by now, so that from here on the clock of this start of the machine tells.

A file from the future, as the clock was set back, is one of this moment.
"""

UNSETTLED: Final = f"""
SELECT max(0.0, :settle - age - {_SINCE}) AS rest FROM lost WHERE age IS NOT NULL ORDER BY number DESC LIMIT 1
"""
"""What is left of the time in which what a lost journal knew to be on its way may still have an effect."""
