"""What a word and a punctuation mark is, in prose and in source code, for every place of a text.

In prose a word is a run of letters, accents and digits, with single apostrophes inside it
(don't is one word); in source code it is a run of letters, digits and underscores, so that
identifiers, keywords and numbers are words, in comments and strings too. Punctuation is any
other visible mark: Unicode's categories P and S, which hold the operators of source code.
"""

from dataclasses import dataclass

import numpy as np

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import (
    PUNCTUATION,
    QUOTE,
    SPACE,
    character_classes,
    inside_words,
)


@dataclass(frozen=True)
class Words:
    """The words of a text and the kind of each of its tokens.

    word: int32 [tokens], which word a token lies in, or -1. starts, ends: int64 [words], where
    each begins and the place behind it. ids: int64 [words], the same for equal words. points:
    uint32 [characters], their code points. character: int32 [tokens], which one a token is (part
    of).
    punctuation, word_initial: bool [tokens], whether a token is (part of) a punctuation mark, and
    whether it begins the first character after white space or a quotation mark.
    """

    word: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    ids: np.ndarray
    points: np.ndarray
    character: np.ndarray
    punctuation: np.ndarray
    word_initial: np.ndarray


def characters(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """The code points of a corpus's characters, and where each begins among its tokens.

    uint32 [characters] and int64 [characters + 1]; the last is the number of tokens. In a corpus
    of bytes a character takes one to four tokens; a byte that is not UTF-8 is a character of its
    own, with a code point from 0xDC80 on.
    """
    points = np.array(corpus.manifest["symbols"], np.uint32)[corpus.tokens]
    if corpus.manifest["unit"] == "character":
        return points, np.arange(len(points) + 1)
    text = points.astype(np.uint8).tobytes().decode("utf-8", "surrogateescape")
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    escaped = (points >= 0xDC80) & (points <= 0xDCFF)
    sizes = 1 + (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
    sizes[escaped] = 1
    return points, np.concatenate([[0], np.cumsum(sizes)])


def whole_characters(
    corpus: Corpus, *probs: np.ndarray, part: str = "test"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The characters of a part of the text, but for those that a stream's end cuts.

    probs: [tokens of the part] in reading order. Returns the code point of each, the place of its
    first token, and its probability, float64 [probs, characters]: the product of its tokens'.
    """
    points, starts = characters(corpus)
    sizes = np.diff(starts)
    positions = corpus.part(part).positions
    character = np.repeat(np.arange(len(points)), sizes)[positions.ravel()]
    begins = np.diff(character, prepend=-1) != 0
    begins[:: positions.shape[1]] = True
    first = np.flatnonzero(begins)
    whole = np.diff(first, append=len(character)) == sizes[character[first]]
    products = [np.multiply.reduceat(prob.astype(np.float64), first)[whole] for prob in probs]
    return points[character[first[whole]]], first[whole], np.stack(products)


def find_words(corpus: Corpus, language: str) -> Words:
    """The words of a whole corpus. language: prose, python or c."""
    points, starts = characters(corpus)
    classes = character_classes(points, language)
    opens = np.zeros(len(points), bool)
    opens[1:] = (classes[:-1] & (SPACE | QUOTE)) > 0

    sizes = np.diff(starts)
    word_initial = np.zeros(starts[-1], bool)
    word_initial[starts[:-1][opens]] = True
    inside = np.repeat(inside_words(classes, language), sizes)
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    begun = np.zeros(len(inside), np.int32)
    begun[begins] = 1
    return Words(
        word=np.where(inside, np.cumsum(begun, dtype=np.int32) - 1, -1),
        starts=begins,
        ends=ends,
        ids=_ids(corpus.tokens, begins, ends),
        points=points,
        character=np.repeat(np.arange(len(points), dtype=np.int32), sizes),
        punctuation=np.repeat((classes & PUNCTUATION) > 0, sizes),
        word_initial=word_initial,
    )


def _ids(tokens: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    text = tokens.astype("<u2").tobytes()
    seen: dict[bytes, int] = {}
    spans = zip((2 * starts).tolist(), (2 * ends).tolist(), strict=True)
    return np.array([seen.setdefault(text[a:b], len(seen)) for a, b in spans], np.int64)
