"""The paper's 25 claims in their order, and the table of what a study says of them."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from visrnn.claims import cells, errors, long_range, performance
from visrnn.claims.study import Study
from visrnn.claims.verdicts import Finding, Part
from visrnn.system.frames import build_frame

NATS, SHARE, RATIO, COUNT = "{:+.4f}", "{:.1%}", "{:.3g}", "{:.3g}"

CLAIMS_TABLE = pa.schema(
    [
        ("number", pa.int32()),
        # Of the paper.
        ("section", pa.string()),
        ("claim", pa.string()),
        # The test in a sentence, with its bound.
        ("test", pa.string()),
        # holds, does not hold, undecided or not run.
        ("verdict", pa.string()),
        # The number that decides, with the ends of its interval of 99.8%, and what it is of.
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("of", pa.string()),
        # All of its numbers with their intervals.
        ("measured", pa.string()),
        # The models that it rests on, the fewest seeds of one of the nets, and the corpus.
        ("nets", pa.list_(pa.string())),
        ("seeds", pa.int32()),
        ("corpus", pa.string()),
        # Whether the seeds' part is in the intervals; else they are of these nets on new text.
        ("of_seeds", pa.bool_()),
        # How many seeds of each net would decide what is undecided, where that is known.
        ("seeds_needed", pa.int32()),
        # What to add where it was not run; else what a reader should know.
        ("note", pa.string()),
        # The figure or table that shows it, from the results of the corpus.
        ("figure", pa.string()),
    ]
)


@dataclass(frozen=True)
class Claim:
    """One claim of the paper, and how it is tested."""

    section: str
    claim: str
    # With the bound that decides.
    test: str
    measure: Callable[[Study], Finding]
    # How its numbers are written.
    style: str
    # Where to see it, from the results of a corpus.
    figure: str


CLAIMS = (
    Claim(
        "4.1",
        "Two layers predict better than one.",
        "The loss of two layers less that of one, paired, of nets of one cell and size that were "
        "trained alike, is below 0 for each of them.",
        performance.two_layers,
        NATS,
        "figures/losses.png",
    ),
    Claim(
        "4.1",
        "Whether three layers predict better than two depends on the net.",
        "The loss of three layers less that of two is below 0 for one net and above 0 for another.",
        performance.three_layers,
        NATS,
        "figures/losses.png",
    ),
    Claim(
        "4.1",
        "LSTMs and GRUs predict better than RNNs.",
        "The loss less that of the RNN of equal layers and parameters is below 0 in every shape.",
        performance.gates_beat_rnn,
        NATS,
        "figures/losses.png",
    ),
    Claim(
        "4.1",
        "Neither of LSTM and GRU is the better one.",
        "The loss of the LSTM less that of the GRU is below 0 in one shape and above 0 in another.",
        performance.lstm_against_gru,
        NATS,
        "figures/losses.png",
    ),
    Claim(
        "4.1",
        "LSTMs and GRUs predict alike, and RNNs otherwise.",
        "In distances of two seeds of one net, LSTM and GRU of one shape are less than 1.5 apart, "
        "and the RNN more than 1.5 from both.",
        performance.families_apart,
        RATIO,
        "figures/embedding.png",
    ),
    Claim(
        "4.2",
        "Some cells are interpretable.",
        "More than half of the nets have a cell that follows a property of the text, as confirmed "
        "against random nets, and without which the end of that property costs more.",
        cells.some_cells,
        SHARE,
        "figures/ablation.png",
    ),
    Claim(
        "4.2",
        "There are cells for line position, quotations, brackets, conditions and comments.",
        "The same for each of these that the text has, in one net at least: nats that holding the "
        "cell at its mean costs at the end of the property, above 0.",
        cells.kinds_of_cells,
        NATS,
        "figures/ablation.png",
    ),
    Claim(
        "4.2",
        "Most cells are not interpretable.",
        "The share of units that follow no property better than those of random nets is above 50%.",
        cells.most_cells,
        SHARE,
        "figures/cell_discovery.png",
    ),
    Claim(
        "4.2",
        "Cells act over more than the 100 characters that truncated training reaches back.",
        "A cell stays on its side of a threshold for longer than that while its property lasts, "
        "more often than by chance; or context of that length costs a net more than all context.",
        cells.cells_reach_far,
        RATIO,
        "figures/cells.png",
    ),
    Claim(
        "4.2",
        "Some forget gates are nearly always open.",
        "The share of forget gates that are open (> 0.9) for more than 90% of the time is above 0 "
        "in every LSTM.",
        cells.forget_gates_open,
        SHARE,
        "figures/saturation.png",
    ),
    Claim(
        "4.2",
        "No forget gate is nearly always shut.",
        "The share of forget gates that are shut (< 0.1) for more than 90% of the time is 0.",
        cells.forget_gates_shut,
        SHARE,
        "figures/saturation.png",
    ),
    Claim(
        "4.2",
        "No output gate is nearly always open or shut.",
        "The share of output gates on one side for more than 90% of the time is 0.",
        cells.output_gates,
        SHARE,
        "figures/saturation.png",
    ),
    Claim(
        "4.2",
        "Gates of the first layer are diffuse, those of upper layers nearly binary.",
        "The share of time that gates are open or shut, of each upper layer less that of the "
        "first, is above 0 in every net.",
        cells.upper_layers_binary,
        SHARE,
        "figures/saturation.png",
    ),
    Claim(
        "4.2",
        "In the first layer of a GRU, r is rarely open and z rarely shut.",
        "The share of time, in the mean over units, is below 10% for both.",
        cells.gru_first_layer,
        SHARE,
        "figures/saturation.png",
    ),
    Claim(
        "4.3",
        "The best net predicts better than the 20-gram.",
        "The loss of the net that is best on the validation text less that of the 20-gram, paired, "
        "is below 0.",
        long_range.best_net_beats_ngram,
        NATS,
        "figures/losses.png",
    ),
    Claim(
        "4.3",
        "n-NN predict worse than n-grams where n is large.",
        "The loss of the n-NN less that of the n-gram is above 0 for each n from 4 on.",
        long_range.windows_lose,
        NATS,
        "figures/losses.png",
    ),
    Claim(
        "4.3",
        "The net is far smaller than the 20-gram.",
        "The bytes of its weights over those of the 20-gram, at a byte for each of its n-grams, "
        "are below 1/10.",
        long_range.net_is_smaller,
        RATIO,
        "tables/table_1.html",
    ),
    Claim(
        "4.3",
        "The net is ahead of the n-gram on white space and brackets.",
        "The probability of the right character less that of the rival is above 0 for each of "
        "space and line end, and in code of tab and brackets too.",
        long_range.named_characters,
        NATS,
        "figures/character_gap.png",
    ),
    Claim(
        "4.3",
        "The gain at the closing brace peaks near 60 characters and decays slowly.",
        "The distance of the greatest gain is between 30 and 120 characters, and the gain is above "
        "0 at each distance up to 200.",
        long_range.closing_brace,
        RATIO,
        "figures/closing_delimiter.png",
    ),
    Claim(
        "4.3",
        "In training, a net is first like the 1-NN, then the 2-NN, then the 3-NN.",
        "The minima of the symmetric divergence come in the order of n: the time from one to the "
        "next is above 0.",
        long_range.one_window_after_the_other,
        RATIO,
        "figures/dynamics.png",
    ),
    Claim(
        "4.4",
        "Of the errors the oracles take 18, 6, 9 and 37%, and 30% remain.",
        "Each share is within 3 points of the paper's.",
        errors.slices,
        SHARE,
        "figures/error_peeling.png",
    ),
    Claim(
        "4.4",
        "Larger nets remove n-gram errors above all.",
        "Of the errors that the largest net of a cell makes less than the smallest, the share that "
        "an n-gram gets right is above 50%.",
        errors.scale_removes_ngram_errors,
        SHARE,
        "figures/scaling.png",
    ),
    Claim(
        "4.4",
        "More text would remove the errors in rare words.",
        "With all of the training text instead of the least, the share of errors in rare words "
        "among those removed, over their share of all errors before, is above 1.",
        errors.data_cures_rare_words,
        RATIO,
        "figures/losses.png",
    ),
    Claim(
        "5",
        "The errors that no oracle removes need new architectures.",
        "Of these errors, those that only a boost removes among them, each cure removes less than "
        "10% more than it adds; another seed adds as many as it removes.",
        errors.little_is_cured,
        SHARE,
        "figures/cures.png",
    ),
    Claim(
        "4.3",
        "The net's gain over n-grams comes of long-range structure.",
        "The share of its gain over the 20-gram that is lost when it sees the last 20 characters "
        "only is above 50%.",
        long_range.beyond_the_ngram,
        SHARE,
        "figures/context.png",
    ),
)


def judge_claims(study: Study, corpus: str) -> pd.DataFrame:
    """A row a claim (CLAIMS_TABLE), in the order of CLAIMS. corpus: the name of the text."""
    return build_frame(
        [_row(number, claim, study, corpus) for number, claim in enumerate(CLAIMS, 1)], CLAIMS_TABLE
    )


def _row(number: int, claim: Claim, study: Study, corpus: str) -> dict:
    finding = claim.measure(study)
    row = {"number": number, "section": claim.section, "claim": claim.claim, "test": claim.test}
    row |= {"verdict": finding.verdict, "corpus": corpus, "figure": claim.figure}
    row |= {"note": finding.note or None, "nets": list(finding.nets), "seeds": finding.seeds}
    if finding.part is None:
        return row
    part = finding.part
    row |= {"value": part.value, "low": part.low, "high": part.high, "of": part.label}
    row |= {"measured": "; ".join(describe(each, claim.style) for each in finding.parts)}
    return row | {"of_seeds": finding.of_seeds, "seeds_needed": finding.seeds_needed}


def describe(part: Part, style: str) -> str:
    """A part in words: what it is of, its number and its interval.

    >>> describe(Part("lstm-2x64 less lstm-1x64", -0.05, -0.06, -0.04), "{:+.2f}")
    'lstm-2x64 less lstm-1x64: -0.05 [-0.06, -0.04]'
    """
    return f"{part.label}: {describe_number(style, part.value, part.low, part.high)}"


def describe_number(style: str, value: float | None, low: float | None, high: float | None) -> str:
    """A number with its interval, where there is one.

    >>> describe_number("{:.1%}", 0.5, None, None)
    '50.0%, without an interval'
    """
    if pd.isna(value):
        return "no number"
    if pd.isna(low) or pd.isna(high):
        return f"{style.format(value)}, without an interval"
    return f"{style.format(value)} [{style.format(low)}, {style.format(high)}]"
