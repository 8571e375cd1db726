"""n-gram models as ARPA files, the text format that KenLM, SRILM and others read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from visrnn.ngrams.kneser_ney import NGrams
from visrnn.system.exceptions import InputError
from visrnn.system.files import replacing

LIMIT = 20_000_000  # n-grams; a line takes about 40 bytes
CHUNK = 2**16  # lines made at a time
NEVER = 1e-99  # what the format has instead of probability 0


def write_arpa(path: str | Path, model: NGrams, n: int, names: list[str]) -> None:
    """Write the model with n context characters, n at least 1: probabilities and backoffs, log10.

    names: how the file calls the tokens, without white space. Symbols that do not occur in the
    training text are written with their share of `<unk>`, which then has nothing itself. Raises
    InputError for names that cannot be told apart and for more than LIMIT n-grams.
    """
    if not 1 <= n <= model.longest:
        raise InputError(f"n = {n}: the model can be written for 1 to {model.longest} characters")
    _check_names(names, model.vocabulary)
    suffixes = model.suffixes
    unseen = np.flatnonzero(suffixes.code_of == suffixes.pad)
    sizes = {}
    for k in range(1, n + 2):
        # The last k - 1 suffixes are too short for a k-gram.
        sizes[k] = np.count_nonzero(suffixes.lcp[:-1] < k) - min(k - 1, suffixes.length)
    sizes[1] += 1 + len(unseen)
    if sum(sizes.values()) > LIMIT:
        raise InputError(
            f"n = {n}: the ARPA file would have {sum(sizes.values()):,} n-grams, and at most "
            f"{LIMIT:,} are written; choose a smaller n"
        )
    starts = [np.flatnonzero(suffixes.lcp[:-1] < max(k, 1)) for k in range(n + 2)]
    starts[0] = starts[0][:1]
    words = np.array(["<s>", *(names[token] for token in suffixes.symbols), "</s>"], object)
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write("\\data\\\n")
        file.writelines(f"ngram {k}={size}\n" for k, size in sizes.items())
        for k, (prob, backoff) in enumerate(_levels(model, n, starts)):
            if k == 0:
                unknown = prob[0] * backoff[0]
                continue
            file.write(f"\n\\{k}-grams:\n")
            if k == 1:
                prob[0] = NEVER  # `<s>` is given, not predicted
                share = np.log10(unknown / max(1, len(unseen)))
                file.writelines(f"{share:.8g}\t{names[token]}\t0\n" for token in unseen)
                file.write(f"{np.log10(NEVER) if len(unseen) else share:.8g}\t<unk>\t0\n")
            for first in range(0, len(prob), CHUNK):
                part = slice(first, first + CHUNK)
                at = suffixes.suffix_array[starts[k][part]]
                whole = at + k <= suffixes.length
                grams = words[suffixes.codes[at[whole, None] + np.arange(k)]]  # [lines, k]
                logs = np.log10(prob[part][whole]), np.log10(backoff[part][whole])
                end = "\t{:.8g}\n" if k <= n else "\n"
                file.writelines(
                    f"{p:.8g}\t{' '.join(gram)}" + end.format(b)
                    for gram, p, b in zip(grams, *logs, strict=True)
                )
        file.write("\n\\end\\\n")


def _levels(
    model: NGrams, n: int, starts: list[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Probability and backoff of each k-gram that `starts` has, for k = 0 .. n + 1."""
    suffixes = model.suffixes
    rank = np.empty_like(suffixes.suffix_array)
    rank[suffixes.suffix_array] = np.arange(suffixes.length)
    prob = np.array([model.uniform])
    for k in range(1, n + 2):
        top = k == n + 1
        at = suffixes.suffix_array[starts[k]]
        if top:
            counts = np.diff(np.append(starts[k], suffixes.length))
        else:
            counts = np.add.reduceat(suffixes.left <= k, starts[k], dtype=np.int64)
        counts[at + k > suffixes.length] = 0
        if k == 1:
            counts[0] = 0
        discounts = np.array([0, *model.discounts(n)[k - 1].values])
        taken = discounts[np.minimum(counts, 3)]
        context = np.searchsorted(starts[k - 1], starts[k], side="right") - 1
        total = np.maximum(np.bincount(context, counts, len(starts[k - 1])), 1)
        back = np.bincount(context, taken, len(total)) / total
        yield prob, np.where(back > 0, back, 1)
        # The k-gram without its first symbol.
        suffix = rank[np.minimum(at + 1, suffixes.length - 1)]
        lower = prob[np.searchsorted(starts[k - 1], suffix, side="right") - 1]
        prob = (counts - taken) / total[context] + back[context] * lower
    yield prob, np.ones(len(prob))


def _check_names(names: list[str], symbols: int) -> None:
    if len(names) != symbols:
        raise InputError(f"names: expected one for each of {symbols} symbols, found {len(names)}")
    taken = {"<s>", "</s>", "<unk>"}
    for name in names:
        if name in taken or name.split() != [name]:
            raise InputError(
                f"names: {name!r} is empty, has white space, is there twice or means something "
                f"else in an ARPA file; give each symbol a name of its own"
            )
        taken.add(name)
