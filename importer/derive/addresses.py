"""What a web address shows without asking for it: its form, the type of its picture, a video of YouTube."""

import re
from typing import Final
from urllib.parse import urlsplit

_TYPE: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
_HOST: Final = re.compile(r"[^\s/?#@:\\<>\"]+")
_VIDEO: Final = re.compile(
    r"""(?<![\w.@-])                               # not the tail of another host
        (?:(?:www\.|m\.|music\.)?
            (?:youtube(?:-nocookie)?\.com/
                (?: (?:embed|shorts|live|v)/(?!videoseries)
                  | watch/?\?(?:[^\s"'<>\#]*?(?:&|&amp;))?v=
                )
            | youtu\.be/))
        [\w-]{6,}""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address with a host, and without white space."""
    if any(character.isspace() for character in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.hostname or ""))
    except ValueError:
        return False


def shows_type(text: str, types: tuple[str, ...]) -> bool:
    """Whether the last part of the path shows one of the types, or none at all (an address may do without)."""
    try:
        name = urlsplit(text).path.rpartition("/")[2]
    except ValueError:
        return False
    shown = _TYPE.search(name)
    return shown is None or shown[0].lower() in types


def has_youtube_video(text: str) -> bool:
    """Whether a text holds the address of a video on YouTube: embedded, watched, short, live or shortened."""
    return _VIDEO.search(text) is not None
