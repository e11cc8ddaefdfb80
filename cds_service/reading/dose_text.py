"""A daily dose from the plain words of a dosage instruction, the last resort.

Only a text whose every word is known is read: `40 mg by mouth daily` is, `40 mg loading, then
20 mg daily` is not.
"""

import msgspec

from cds_service.knowledge.drug_names import number, split_words
from cds_service.knowledge.drug_words import SigWords

_LONGEST = 200  # characters; longer instructions are prose


class TextDose(msgspec.Struct, frozen=True):
    """Intakes a day, and the amount of each, in mg or in units of the dose form."""

    times: float
    milligrams: float | None = None
    units: float | None = None


def read_dose_text(text: str, sig: SigWords) -> TextDose | None:
    """What a short, plain instruction says; `None` as soon as a word of it is not understood."""
    if len(text) > _LONGEST:
        return None
    words = _joined(split_words(text))
    amounts: list[tuple[float, str]] = []
    times: list[float] = []
    position = 0
    while position < len(words):
        taken = _frequency(words, position, sig, times) or _amount(words, position, sig, amounts)
        if not taken and words[position] not in sig.fillers:
            return None
        position += taken or 1
    if len(amounts) != 1 or len(times) != 1:
        return None
    value, unit = amounts[0]
    if unit in sig.milligrams:
        return TextDose(times[0], milligrams=value * sig.milligrams[unit])
    return TextDose(times[0], units=value)


def _joined(words: list[str]) -> list[str]:
    """`q 6 h` as one word again: splitting put letters and digits apart."""
    joined: list[str] = []
    for word in words:
        if len(joined) > 1 and joined[-2] == "q" and word == "h":
            joined[-2:] = [f"q{joined[-1]}h"]
        else:
            joined.append(word)
    return joined


def _frequency(words: list[str], position: int, sig: SigWords, times: list[float]) -> int:
    for length in range(5, 0, -1):  # the longest phrase has five words
        phrase = " ".join(words[position : position + length])
        if len(words) - position >= length and phrase in sig.times_a_day:
            times.append(sig.times_a_day[phrase])
            return length
    return 0


def _amount(words: list[str], position: int, sig: SigWords, amounts: list[tuple[float, str]]) -> int:
    value = sig.numbers.get(words[position], number(words[position]))
    unit = words[position + 1] if position + 1 < len(words) else ""
    if value is None or (unit not in sig.milligrams and unit not in sig.units_of_form):
        return 0
    amounts.append((value, unit))
    return 2
