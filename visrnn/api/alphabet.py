"""The characters that a net knows, between the texts of people and the tokens of the net."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from visrnn.system.display import written
from visrnn.system.exceptions import InputError


@dataclass(frozen=True)
class Alphabet:
    """What a net's unit is, `byte` or `character`, and its symbols, sorted, one a token.

    symbols: a text with a character for each, which for a byte is the one of Latin-1.
    """

    unit: str
    symbols: str

    @cached_property
    def _tokens(self) -> dict[int, int]:
        return {ord(symbol): token for token, symbol in enumerate(self.symbols)}

    def _points(self, character: str) -> list[int]:
        # A stray byte of a file that is no UTF-8 comes as a lone surrogate.
        coded = character.encode(errors="surrogateescape")
        return list(coded) if self.unit == "byte" else [ord(character)]

    def unknown(self, text: str) -> Counter[str]:
        """How often each character stands in a text that the net does not know."""
        counts = Counter(text)
        return Counter(
            {
                each: count
                for each, count in counts.items()
                if not self._tokens.keys() >= {*self._points(each)}
            }
        )

    def encode(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The tokens of a text, int64 [units], and which character each is of, int64 [units].

        Characters that the net does not know have no token.
        """
        table = {
            each: [self._tokens[point] for point in self._points(each)]
            for each in {*text} - {*self.unknown(text)}
        }
        known = [(at, table[each]) for at, each in enumerate(text) if each in table]
        tokens = [token for _, parts in known for token in parts]
        places = [at for at, parts in known for _ in parts]
        return np.array(tokens, np.int64), np.array(places, np.int64)

    def encode_all(self, argument: str, text: str) -> np.ndarray:
        """The tokens of a text that the net must know all of, int64 [units].

        Raises InputError, which names the argument and the first character that it doesn't.
        """
        unknown = self.unknown(text)
        if unknown:
            each = min(unknown, key=text.index)
            raise InputError(
                f"{argument}: the net has never seen '{written(ord(each))}' (character "
                f"{text.index(each) + 1:,}): leave it out or write it otherwise; the net knows "
                f"{self.describe()}"
            )
        return self.encode(text)[0]

    def decode(self, tokens: np.ndarray) -> str:
        """Tokens as a text; bytes that are no UTF-8 become U+FFFD."""
        symbols = "".join(self.symbols[token] for token in tokens)
        return (
            symbols.encode("latin-1").decode(errors="replace") if self.unit == "byte" else symbols
        )

    def describe(self) -> str:
        """The symbols as one line shows them."""
        shown = "".join(each if each.isprintable() else "" for each in self.symbols)
        if self.unit == "byte":
            shown = "".join(each for each in shown if ord(each) < 128)
        return f"line ends, spaces and {shown.strip()[:100]}"
