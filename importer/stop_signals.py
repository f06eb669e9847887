"""Which signals ask a command to stop: light to import, as every command needs it at once."""

import signal
from typing import Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_SIGNALS: Final = tuple(signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__)


def stop_signals() -> tuple[signal.Signals, ...]:
    """Those of this system, without a hang-up that `nohup` has switched off."""
    return tuple(one for one in _SIGNALS if one.name != "SIGHUP" or signal.getsignal(one) is not signal.SIG_IGN)
