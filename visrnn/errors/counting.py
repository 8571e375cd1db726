"""How far nets count and remember: the first n at which each fails (visrnn.corpus.counting)."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.counting import find_lines
from visrnn.settings.names import net_of
from visrnn.statistics.corrections import holm
from visrnn.system.frames import build_frame

# A line is right where all that is decided in it had a larger probability than this.
RIGHT = 0.5

# A row a run and n.
SCHEMA = pa.schema(
    [
        ("net", pa.string()),
        ("run", pa.string()),
        ("n", pa.int32()),
        # Lines of that n in the test text, and how many of them the net foresaw.
        ("lines", pa.int32()),
        ("right", pa.int32()),
    ]
)
TABLE = pa.schema(
    [
        ("net", pa.string()),
        ("seeds", pa.int32()),
        # The n at which it fails (`first_failures`): the median over seeds, and that of every
        # seed. Where a net fails at none, it is beyond the longest.
        ("median", pa.string()),
        ("first_failure", pa.string()),
        # The share of lines that are right: of n that occur in training, and beyond.
        ("trained", pa.float64()),
        ("beyond", pa.float64()),
        # Whether this net fails elsewhere than the one with which it is compared: p of the exact
        # permutation of their seeds' ranks, corrected over all pairs (Holm).
        ("against", pa.string()),
        ("p", pa.float64()),
        ("holm", pa.float64()),
    ]
)


def count_right(corpus: Corpus, kind: str, probs: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """How many lines of every n each run foresaw, as SCHEMA has it.

    kind: as of visrnn.corpus.counting. probs: by run, of each test character, [characters] in
    reading order. Lines that are cut by the end of a stream are left out.
    """
    tokens = corpus.part("test").tokens
    tables = []
    for run, prob in probs.items():
        n: list[int] = []
        right: list[bool] = []
        for stream, row in zip(tokens, prob.reshape(tokens.shape), strict=True):
            lines = find_lines(corpus.text(stream), kind)
            n += lines.n.tolist()
            places = zip(lines.start, lines.end, strict=True)
            right += [bool((row[start:end] > RIGHT).all()) for start, end in places]
        counts = pd.DataFrame({"n": n, "right": right}).groupby("n")["right"].agg(["size", "sum"])
        columns = {"net": [net_of(run)] * len(counts), "run": [run] * len(counts)}
        columns |= {"n": counts.index, "lines": counts["size"], "right": counts["sum"]}
        tables.append(build_frame(columns, SCHEMA))
    return pd.concat(tables, ignore_index=True) if tables else build_frame([], SCHEMA)


def first_failures(counting: pd.DataFrame) -> pd.Series:
    """For each run the least n at which it fails; infinity for none.

    There, and at the next n that the text has, half of the lines or more are wrong. So an n that
    alone is wrong, such as 1, of which training shows one line in fifty, is no end of counting.
    """
    first = {}
    for run, mine in counting.sort_values("n").groupby("run", sort=False):
        wrong = (2 * mine["right"] <= mine["lines"]).to_numpy(bool)
        fails = np.flatnonzero(wrong & np.append(wrong[1:], True))
        first[run] = float(mine["n"].iloc[fails[0]]) if len(fails) else np.inf
    return pd.Series(first, dtype=float)


def counting_table(counting: pd.DataFrame, trained: int) -> pd.DataFrame:
    """Where each net fails, as TABLE, and below that a row for each pair of nets.

    trained: the largest n of the training text. All pairs are one family.
    """
    from scipy import stats

    first = first_failures(counting)
    nets = list(dict.fromkeys(counting["net"]))
    by_net = {net: first[[net_of(run) == net for run in first.index]].to_numpy() for net in nets}
    longest = int(counting["n"].max()) if len(counting) else 0

    def say(n: float) -> str:
        return f"> {longest}" if np.isinf(n) else f"{n:g}"

    rows = []
    for net in nets:
        mine = counting[counting["net"] == net]
        parts = {"trained": mine["n"] <= trained, "beyond": mine["n"] > trained}
        shares = {
            name: mine[part]["right"].sum() / max(1, mine[part]["lines"].sum())
            for name, part in parts.items()
        }
        values = np.sort(by_net[net])
        median = values[(len(values) - 1) // 2]
        told = {"median": say(median), "first_failure": ", ".join(map(say, values))}
        rows.append({"net": net, "seeds": len(values)} | told | shares)
    pairs = []
    for one, other in combinations(nets, 2):
        p = np.nan
        if min(len(by_net[one]), len(by_net[other])) > 1:
            ranks = stats.rankdata(np.concatenate([by_net[one], by_net[other]]))
            split = len(by_net[one])
            p = stats.permutation_test(
                (ranks[:split], ranks[split:]),
                lambda x, y: np.mean(x) - np.mean(y),
                n_resamples=np.inf,
            ).pvalue
        pairs.append({"net": one, "against": other, "p": p})
    corrected = holm(np.array([pair["p"] for pair in pairs], float))
    pairs = [pair | {"holm": value} for pair, value in zip(pairs, corrected, strict=True)]
    return build_frame([*rows, *pairs], TABLE)
