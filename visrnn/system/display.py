"""Text that a reader may see: how untrusted text gets into messages, tables and figures."""

import reprlib
import unicodedata

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxstring, _SHORT.maxother = 3, 12, 80, 80
# What stands for characters that have no look of their own.
NO_LOOK = "\ufffd"
LOOKS = {"\n": "\u21b5", "\r": "\u2190", "\t": "\u2192"}
NAMES = {" ": "space", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u00a0": "no-break space"}


def printable(text: object) -> str:
    """`text` on one line, with an escape for whatever a terminal would not show as it is.

    That is control characters, line ends, bidirectional overrides, and bytes that are no text.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in str(text)
    )


def short(value: object) -> str:
    """A value as a message shows it: no longer than a line or two, however large it is."""
    shown = _SHORT.repr(value)
    return shown if len(shown) <= 200 else shown[:197] + "..."


def visible(character: str) -> str:
    """What is shown for a character: control characters and stray bytes are made visible."""
    return LOOKS.get(character, character if character.isprintable() else NO_LOOK)


def is_mark(character: str) -> bool:
    """Whether it sits on the character before it, as accents, vowel signs and forms of emoji do."""
    return unicodedata.category(character).startswith("M")


def written(point: int) -> str:
    """A character as people write it; what has no look of its own by name or number."""
    if 0xDC80 <= point <= 0xDCFF:
        return f"byte {point - 0xDC00:02X}"
    character = chr(point)
    if character in NAMES:
        return NAMES[character]
    if not character.isprintable() or is_mark(character):
        return f"U+{point:04X}"
    return character


def displayable(text: str) -> str:
    """`text` as a reader may see it: what controls a terminal or a page has a picture instead.

    That is control characters but the line end, bidirectional overrides, and what is no character.
    """
    return "".join(map(_picture, text))


def _picture(character: str) -> str:
    code, kind = ord(character), unicodedata.category(character)
    # The joiners belong to the spelling of Persian and Hindi, and to emoji.
    if character in "\n\u200c\u200d" or kind == "Zs" or character.isprintable():
        return character
    if code < 32:
        return chr(0x2400 + code)
    return {127: "␡", 0x85: "␤", 0x2028: "␤", 0x2029: "␤"}.get(code, "▯")
