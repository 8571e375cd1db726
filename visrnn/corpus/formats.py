"""What a file is that is no plain text, and how to make a text of it."""

import codecs
import re
import unicodedata
from typing import NamedTuple

import numpy as np


class Format(NamedTuple):
    """What a file is (`gzip`, `UTF-16`, `binary data`), and what to do about it."""

    name: str
    # None where this module does not know what it is.
    cure: str | None


# How many bytes of a file's beginning are looked at.
SAMPLE = 2**16
# A text in an encoding made of bytes has hardly any control characters but those that lay it out
# and the terminal's escape. Compressed data have one in nine, UTF-16 at least one in twenty.
CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\b\x1b"))
MOST_CONTROLS = 0.03
# In UTF-16 the first bytes of characters are others than the second ones; in a text of bytes, which
# taken for UTF-16 may look like Chinese, they are the same. As a total variation distance.
LEAST_DISTANCE = 0.3


def _wide(name: str, order: str = "") -> Format:
    return Format(f"text in {name}", f"convert it to UTF-8: iconv -f {name}{order} -t UTF-8")


_PLAIN = "save it as plain text in UTF-8"
_OFFICE = Format("a document of Word or another office program", f"open it there and {_PLAIN}")
_TAR = "; or, if it is a tar archive, write tree in place of file"
_NO_TEXT = "it has no text to study"
_STARTS = (
    (rb"\x1f\x8b\x08", Format("gzip", f"unpack it with gunzip{_TAR}")),
    (rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", Format("bzip2", f"unpack it with bunzip2{_TAR}")),
    (rb"\xfd7zXZ\0", Format("xz", f"unpack it with unxz{_TAR}")),
    (rb"\x28\xb5\x2f\xfd", Format("zstd", f"unpack it with unzstd{_TAR}")),
    (rb"PK\x03\x04.{26}mimetypeapplication/epub", Format("EPUB", f"{_PLAIN} (ebook-convert)")),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd.oasis", _OFFICE),
    (rb"PK\x03\x04(?=.*(?:word|xl|ppt)/)", _OFFICE),
    (rb"PK(?:\x03\x04|\x05\x06)", Format("a zip archive", "unpack it with unzip")),
    (rb"7z\xbc\xaf\x27\x1c", Format("a 7z archive", "unpack it with 7z")),
    (rb"Rar!\x1a\x07", Format("a rar archive", "unpack it with unrar")),
    (rb".{257}ustar", Format("a tar archive", "write tree in place of file")),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (rb"%PDF-", Format("PDF", "make a text of it with pdftotext")),
    (rb"\{\\rtf", Format("RTF", f"open it in an office program and {_PLAIN}")),
    (rb"\x89PNG\r\n|GIF8[79]a|\xff\xd8\xff|RIFF.{4}WEBP", Format("a picture", _NO_TEXT)),
    (rb"\x7fELF", Format("a program", _NO_TEXT)),
    (rb"SQLite format 3\0", Format("an SQLite database", "export its text")),
    # The mark of UTF-32 begins with that of UTF-16.
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", _wide("UTF-32")),
    (rb"\xff\xfe|\xfe\xff", _wide("UTF-16")),
)
_KNOWN = [(re.compile(start, re.S), format_) for start, format_ in _STARTS]


def find_format(start: bytes | bytearray) -> Format | None:
    """What a file that begins with these bytes is, or None where it may be plain text.

    Text in UTF-16 and UTF-32 is found without its mark too. Texts in UTF-8, Latin-1 and other
    encodings of one or more bytes a character are plain, with a few NULs among them as well.
    """
    sample = bytes(start[:SAMPLE])
    for pattern, known in _KNOWN:
        if pattern.match(sample):
            return known
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if controls <= MOST_CONTROLS * len(sample):
        return None
    for name, size in [("UTF-32", 4), ("UTF-16", 2)] if len(sample) >= 4 else []:
        first, last = (np.frombuffer(sample[place::size], np.uint8) for place in (0, size - 1))
        counts = [np.bincount(some, minlength=256) / len(some) for some in (first, last)]
        # The bytes that tell characters of one script apart are the low ones.
        order = "LE" if len(np.unique(first)) > len(np.unique(last)) else "BE"
        distance = np.abs(counts[0] - counts[1]).sum() / 2
        if distance > LEAST_DISTANCE and _is_text(sample, name + order):
            return _wide(name, order)
    return Format("binary data", None)


def _is_text(sample: bytes, encoding: str) -> bool:
    """Whether nearly all that a sample is in an encoding are characters that a text may have."""
    try:
        # The last character may be cut.
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    strange = sum(
        unicodedata.category(character) in ("Cc", "Cn", "Co") and character not in "\t\n\r\f"
        for character in text
    )
    return bool(text) and strange <= MOST_CONTROLS * len(text)
