"""A model of words and what stands between them, as probabilities of characters.

A text is cut where letters, digits and underscores begin or end, so that its pieces are words and
gaps in turn. An interpolated Kneser-Ney model gives each piece of the training text a probability
after the last pieces. What comes next is then read from a prefix trie: the share of those pieces
that go on with a character among those that begin as the present piece does. The share of the piece
that would end here goes to the first characters of the next one. A cut depends on no character that
comes later. The vocabulary is sorted, so that a node of the trie is a range of it.
"""

from bisect import bisect_left
from functools import lru_cache

import numpy as np

from visrnn.corpus.corpus import Corpus, Part
from visrnn.ngrams.kneser_ney import NGrams

# Pieces of context: two words and the gaps behind them.
PIECES = 4


def word_symbols(corpus: Corpus) -> np.ndarray:
    """Which symbols of a corpus are of words, bool [symbols].

    In a corpus of bytes those beyond ASCII are, as most are parts of letters.
    """
    beyond = 0x80 if corpus.manifest["unit"] == "byte" else np.inf
    symbols = corpus.manifest["symbols"]
    return np.array([one >= beyond or one == ord("_") or chr(one).isalnum() for one in symbols])


class WordModel:
    """The model of one training text.

    train: tokens, uint16, one dimension. is_word: bool [symbols].
    """

    def __init__(self, train: np.ndarray, is_word: np.ndarray, pieces: int = PIECES):
        self.is_word, self.pieces = is_word, pieces
        text = self._cut(train)
        # The sign of its kind before each piece makes words and gaps a range each.
        self.vocabulary = sorted(set(text))
        self.ids = {piece: index for index, piece in enumerate(self.vocabulary)}
        # One symbol stands for all pieces that the training text lacks.
        self.unknown = len(self.vocabulary)
        ids = np.array([self.ids[piece] for piece in text], np.uint32)
        self.ngrams = NGrams(ids, pieces, self.unknown + 1)
        self._ranges: dict[bytes, tuple[int, int]] = {}
        self._sums = lru_cache(maxsize=2**12)(self._add_up)

    def _cut(self, tokens: np.ndarray) -> list[bytes]:
        """The pieces of a text: a sign of the kind, and two bytes a token."""
        kind = self.is_word[tokens]
        edges = [0, *(np.flatnonzero(np.diff(kind)) + 1).tolist(), len(tokens)]
        text = tokens.astype(">u2").tobytes()
        signs = (b"w" if word else b"g" for word in kind[edges[:-1]])
        spans = zip(edges, edges[1:], signs, strict=False)
        return [sign + text[2 * start : 2 * stop] for start, stop, sign in spans]

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Which pieces of the vocabulary begin with `prefix`: the first, and the one behind."""
        if prefix not in self._ranges:
            low = bisect_left(self.vocabulary, prefix)
            # No token is 65,535.
            self._ranges[prefix] = low, bisect_left(self.vocabulary, prefix + b"\xff\xff", low)
        return self._ranges[prefix]

    def probabilities(self, part: Part) -> np.ndarray:
        """What the model alone gives to each character, float32 [streams, length].

        Each stream is read from its own start: NaN in its first piece, which may be cut, and where
        no piece of the training text begins like the present one.
        """
        return np.stack([self.stream_probabilities(tokens) for tokens in part.tokens])

    def stream_probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """The same of one stream, [length]."""
        pieces = self._cut(tokens)
        ids = [self.unknown, *(self.ids.get(piece, self.unknown) for piece in pieces[1:])]
        prob = np.full(len(tokens), np.nan)
        at, ending = (len(pieces[0]) - 1) // 2, np.nan
        for index, piece in enumerate(pieces[1:], 1):
            ranges = [self._range(piece[:stop]) for stop in range(1, len(piece) + 1, 2)]
            own = ids[index]
            ranges.append((own, own + 1) if own != self.unknown else (0, 0))
            *masses, whole = self._masses(tuple(ids[max(0, index - self.pieces) : index]), ranges)
            steps = len(masses) - 1
            with np.errstate(invalid="ignore", divide="ignore"):
                prob[at : at + steps] = masses[1:] / np.array(masses[:-1])  # 0 / 0: unknown
                prob[at] *= ending
                ending = whole / masses[-1]
            at += steps
        return prob.astype(np.float32)

    def _masses(self, context: tuple[int, ...], ranges: list[tuple[int, int]]) -> np.ndarray:
        """What ranges of the vocabulary have together after a context, float64 [ranges].

        As the sums of `self.ngrams.distribution` would be, without one value for each piece.
        """
        bounds = np.array(ranges)  # [ranges, 2]
        masses = (bounds[:, 1] - bounds[:, 0]) * self.ngrams.uniform
        for k in range(len(context) + 1):
            codes, sums, rest = self._sums(context[len(context) - k :])
            if not len(codes):
                break
            # The code of a piece is one more than its number.
            low, high = sums[np.searchsorted(codes, bounds + 1)].T
            masses = masses * rest + (high - low)
        return masses

    def _add_up(self, context: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, float]:
        """As visrnn.ngrams.kneser_ney.NGrams.shares, with the sums of all shares before each."""
        codes, shares, rest = self.ngrams.shares(context, len(context) == self.pieces)
        return codes.astype(np.int64), np.concatenate([[0], np.cumsum(shares)]), rest

    @property
    def bytes(self) -> int:
        """Bytes that are kept: pieces, sorted text and longest common prefixes."""
        suffixes = self.ngrams.suffixes
        arrays = (suffixes.codes, suffixes.suffix_array, suffixes.lcp, suffixes.left)
        return sum(map(len, self.vocabulary)) + sum(array.nbytes for array in arrays)
