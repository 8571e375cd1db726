"""How long the scanners take over texts that lack what they look for, in seconds per megabyte.

An optional argument: the megabytes of each text, 1 if left out. Prints a Markdown table.
"""

import sys
import time

import numpy as np

from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.corpus.words import find_words
from visrnn.errors.delimiters import closing_delimiters

# Each is repeated; what stands before the bar comes once.
HOSTILE = {
    "`word `": "word ",
    "CR": "\r",
    "`/*`": "/*",
    "paths": "src/*.c other/*.h\n",
    '`"`': '"',
    "`(`": "(",
    "`'''`": "'''",
    "backslash": "\\",
    '`f"{`': 'f"{',
    "`f'''{`, newline": "f'''{\n",
    "`(`, then `]`": "(|]",
    "`{`, then `)`": "({|)",
    "`if `": "if ",
    "`if lambda`": "if x|lambda ",
    "`“»`": "“»",
    "CR, blanks": "\r |\t",
    "newline, `}`": "\n}",
}
SPLIT = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 1, "block": 10}


def hostile_text(pattern: str, size: int) -> bytes:
    """A pattern of HOSTILE at a size in characters; half of it each side of a bar."""
    halves = pattern.split("|")
    size //= len(halves)
    return "".join((half * (size // len(half) + 1))[:size] for half in halves).encode()


def main(size: int) -> None:
    print(f"| {size:,} characters of | language | words | properties | delimiters |")
    print("| --- | --- | ---: | ---: | ---: |")
    for name, pattern in HOSTILE.items():
        text = hostile_text(pattern, size)
        # A corpus needs two symbols.
        corpus = build_corpus(text + b"\0" * 11, "byte", SPLIT, {})
        prob = np.ones(corpus.part("test").tokens.size, np.float32)
        for language in ("prose", "python", "c"):
            times = []
            for function, *arguments in (
                (find_words, corpus, language),
                (find_properties, corpus, language, {}),
                (closing_delimiters, corpus, language, prob, prob),
            ):
                start = time.process_time()
                function(*arguments)
                times.append((time.process_time() - start) * 1e6 / size)
            columns = " | ".join(f"{seconds:.2f}" for seconds in times)
            print(f"| {name} | {language} | {columns} |", flush=True)


if __name__ == "__main__":
    main(int(float(sys.argv[1] if len(sys.argv) > 1 else 1) * 1e6))
