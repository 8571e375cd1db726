"""How far back nets look: the table of excess losses, and what it comes to."""

import pandas as pd
import pyarrow as pa

from visrnn.system.frames import build_frame

# Nats of excess loss that count as nothing.
TOLERANCE = 0.005
# What stands in the place of the characters that a net may not see.
NOTHING, SHUFFLED, OTHER = "nothing", "shuffled", "other"
# The group of all targets.
ALL = "all"

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        # all, a class of characters, or "error: " and a class of the net's errors.
        ("group", pa.string()),
        # What stands before the last k characters: nothing, shuffled or other.
        ("beyond", pa.string()),
        ("k", pa.int32()),
        ("count", pa.int64()),
        # The loss over that with full context, nats; 95% interval over streams.
        ("excess", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        # The loss with full context.
        ("full", pa.float64()),
    ]
)
HORIZONS = pa.schema(
    [(name, SCHEMA.field(name).type) for name in ("run", "group", "beyond", "count")]
    + [("full", pa.float64()), ("horizon", pa.int32()), ("longest", pa.int32())]
)


def horizons(context: pd.DataFrame) -> pd.DataFrame:
    """The horizon of every run, group and kind of text beyond: the smallest k that is enough.

    `horizon` is missing where no k that was tried is. Enough is an interval of the excess loss that
    ends below TOLERANCE.
    """
    rows = []
    # The n-grams stand beside every net.
    context = context.drop_duplicates(["run", "group", "beyond", "k"])
    for (run, group, beyond), curve in context.groupby(["run", "group", "beyond"], sort=False):
        enough = curve[curve["high"] < TOLERANCE]["k"]
        rows.append(
            {
                **{"run": run, "group": group, "beyond": beyond, "count": curve["count"].iloc[0]},
                "horizon": None if enough.empty else int(enough.min()),
                "full": float(curve["full"].iloc[0]),
                "longest": int(curve["k"].max()),
            }
        )
    return build_frame(rows, HORIZONS)
