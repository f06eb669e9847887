"""What spreadsheets show for a formula that failed, in the languages that people have them in."""

from typing import Final

_ENGLISH: Final = (
    "#BLOCKED! #BUSY! #CALC! #CONNECT! #DIV/0! #ERROR! #EXTERNAL! #FIELD! #GETTING_DATA #N/A #NAME? #NULL! #NUM! "
    "#PYTHON! #REF! #SPILL! #UNKNOWN! #VALUE!"
)
_GERMAN: Final = "#NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF!"
_SPANISH: Final = "#N/D #¡VALOR! #¡REF! #¡DIV/0! #¡NUM! #¿NOMBRE? #¡NULO! #¡DESBORDAMIENTO! #¡CALC!"
_FRENCH: Final = "#VALEUR! #NOM? #NOMBRE! #NUL!"
_NUMBERED: Final = range(501, 541)
"""The errors of LibreOffice that have no name: `Err:502`."""

_WORDS: Final = frozenset(
    (*f"{_ENGLISH} {_GERMAN} {_SPANISH} {_FRENCH}".split(), *(f"Err:{number}" for number in _NUMBERED))
)
ERRORS_BEGIN: Final = ("#", "Err:")


def is_error_word(text: str) -> bool:
    """Whether a text is the word of an error, and nothing else."""
    return text.strip() in _WORDS
