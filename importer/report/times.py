"""Times in words."""

from importer.languages import say
from importer.problems import counted


def duration(seconds: float) -> str:
    """A time in words, such as `about 7 minutes`."""
    if seconds < 60:
        time = counted(max(1, round(seconds)), "second")
    elif (minutes := round(seconds / 60)) < 120:
        time = counted(minutes, "minute")
    else:
        time = counted(round(minutes / 60), "hour")
    return say("about {time}", time=time)
