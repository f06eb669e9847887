"""What an address shows without asking for it: its form, the type of its picture, a video of YouTube."""

import re
from typing import Final

_ADDRESS: Final = re.compile(
    r"https?://(?:[^\s/?\#@<>\"\\]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?\#@<>\"\\:\[\]]+)(?::[0-9]{0,5})?(?P<path>[/\\][^\s?\#]*)?(?:[?\#]\S*)?",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
_SIGN_IN: Final = re.compile(r"https?://[^/?\#\\]*@", re.IGNORECASE)
_OUT_OF_REACH: Final = re.compile(
    r"""https?://(?:[^/?\#\\]*@)?
        (?: \[                                               # the number of a computer, the longer kind
          | (?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}\.?(?=[:/?\#\\]|\Z)
          | [^./?\#:\\]+\.?(?=[:/?\#\\]|\Z)                 # a name without a dot
          | [^/?\#:\\]*\.(?:localhost|local|internal|intranet|lan|home|corp|private)\.?(?=[:/?\#\\]|\Z)
        )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_TYPE: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}\Z", re.ASCII)
_VIDEO: Final = re.compile(
    r"""(?<![\w.@-])                               # not the tail of another host
        (?:(?:www\.|m\.|music\.)?
            (?:youtube(?:-nocookie)?\.com/
                (?: (?:embed|shorts|live|v)/(?!videoseries)
                  | watch/?\?(?:[^\s"'<>\#]{0,300}?(?:&|&amp;))?v=
                )
            | youtu\.be/))
        [\w-]{6,}""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def is_email(text: str) -> bool:
    """Whether a text has the form of an e-mail address: something on both sides of one @, and no blank."""
    return _EMAIL.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address with a host, and without white space."""
    return _ADDRESS.fullmatch(text) is not None


def shows_type(text: str, types: tuple[str, ...]) -> bool:
    """Whether the last part of the path shows one of the types, or none at all (an address may do without)."""
    if text.endswith(types) and "?" not in text and "#" not in text:
        return True  # most do, which is found out faster so
    found = _ADDRESS.fullmatch(text)
    shown = _TYPE.search((found["path"] or "").rpartition("/")[2]) if found else None
    return shown is None or shown[0].lower() in types


def has_youtube_video(text: str) -> bool:
    """Whether a text holds the address of a video on YouTube: embedded, watched, short, live or shortened."""
    # Most texts hold no such address at all, which is found out faster so.
    return ("youtu" in text or "youtu" in text.lower()) and _VIDEO.search(text) is not None


def is_out_of_reach(text: str) -> bool:
    """Whether an address names a computer by its number, or by a name that only a private network knows."""
    return _OUT_OF_REACH.match(text) is not None


def carries_sign_in(text: str) -> bool:
    """Whether an address has a user name or a password in it."""
    return "@" in text and _SIGN_IN.match(text) is not None
