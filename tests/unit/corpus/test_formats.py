"""What is no plain text is named, and no text is taken for it."""

import gzip
import io
import random
import zipfile

import pytest

from visrnn.corpus.formats import SAMPLE, find_format

TEXTS = {
    "English": "The quick brown fox jumps over the lazy dog.\r\n",
    "Russian": "Мой дядя самых честных правил, когда не в шутку занемог.\n",
    "Greek": "Μῆνιν ἄειδε θεὰ Πηληϊάδεω Ἀχιλῆος\n",
    "Arabic": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق\n",
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात\n",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกัน\n",
    "Chinese": "道可道，非常道。名可名，非常名。無名天地之始；有名萬物之母。一\n",
    "Japanese": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n",
    "Korean": "나랏말싸미 듕귁에 달아 문자와로 서르 사맛디 아니할쎄\n",
    "emoji": "😀🎉 ok 👍🏽\n",
    "digits": "0123456789,1\n",
}
BYTES = {
    "English": ["ascii", "utf-8-sig", "latin-1"],
    "Russian": ["cp1251", "koi8-r"],
    "Greek": [],
    "Arabic": ["iso8859-6"],
    "Thai": ["tis-620"],
    "Chinese": ["gb18030", "big5"],
    "Japanese": ["shift_jis", "euc-jp", "iso2022_jp"],
    "Korean": ["euc-kr"],
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("width", [16, 32])
@pytest.mark.parametrize("order", ["", "-le", "-be"])
def test_utf_16_and_32_with_a_mark_and_without(language, width, order):
    found = find_format((TEXTS[language] * 100).encode(f"utf-{width}{order}"))
    assert found.name == f"text in UTF-{width}"
    encoding = f"UTF-{width}{order[1:].upper()}"
    assert found.cure == f"convert it to UTF-8: iconv -f {encoding} -t UTF-8"
    # What iconv is told reads it, and gives what was written.
    assert (TEXTS[language].encode(encoding).decode(encoding)) == TEXTS[language]


@pytest.mark.parametrize("language", BYTES)
def test_texts_of_bytes_are_plain(language):
    for encoding in ["utf-8", *BYTES[language]]:
        assert find_format((TEXTS[language] * 100).encode(encoding, "replace")) is None, encoding


@pytest.mark.parametrize("share", [0.001, 0.01, 0.02])
def test_a_few_nuls_are_no_harm(share):
    noise, text = random.Random(0), bytearray((TEXTS["English"] * 100).encode())
    for place in noise.sample(range(len(text)), int(share * len(text))):
        text[place] = 0
    assert find_format(text) is None
    assert find_format(b"") is find_format(b"a") is None


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            packed.writestr(name, "application/epub+zip" if name == "mimetype" else "<a/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("start", "name", "cure"),
    [
        (gzip.compress(b"text"), "gzip", "gunzip"),
        (archive("[Content_Types].xml", "word/document.xml"), "a document of Word", "UTF-8"),
        (archive("mimetype"), "EPUB", "ebook-convert"),
        (archive("book.txt"), "a zip archive", "unzip"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF", "pdftotext"),
        (b"{\\rtf1\\ansi", "RTF", "plain text"),
        (b"\x89PNG\r\n\x1a\n", "a picture", "no text"),
    ],
    # Archives hold the time.
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_what_has_a_mark(start, name, cure):
    found = find_format(start)
    assert found.name.startswith(name) and cure in found.cure


def test_what_is_neither_has_no_cure():
    for data in (random.Random(1).randbytes(100_000), bytes(1000), bytes(range(256)) * 9):
        assert find_format(data) == ("binary data", None)
    # Only so far is looked.
    assert find_format(b"x" * SAMPLE + bytes(SAMPLE)) is None
