"""What the paper says of saturated gates (section 4.2), true or not of the nets of a study."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa

from visrnn.system.frames import build_frame

# A unit that spends more than this of its time on one side of a gate is called always so.
ALWAYS = 0.9

CLAIMS = pa.schema(
    [
        ("run", pa.string()),
        ("claim", pa.string()),
        ("holds", pa.string()),
        ("found", pa.string()),
    ]
)


def check_claims(saturation: pd.DataFrame) -> pd.DataFrame:
    """What the paper says of saturation (section 4.2), true or not of each recorded net.

    saturation: as visrnn.cells.saturation.saturation_table gives it, of any number of nets.
    """
    rows = []
    for run, units in saturation.groupby("run", sort=False):
        claims = [_layer_claim(units)]
        if (units["cell"] == "lstm").all():
            claims += _forget_claims(units[units["gate"] == "f"])
        rows += [{"run": run, **claim} for claim in claims]
    return build_frame(rows, CLAIMS)


def _layer_claim(units: pd.DataFrame) -> dict:
    """A gate is binary as far as it is saturated on either side: the share of time, by layer."""
    shares = (units["left"] + units["right"]).groupby(units["layer"]).mean()
    first, *upper = shares
    return {
        "claim": "gates of upper layers are saturated more of the time than those of the first",
        "holds": ("yes" if min(upper) > first else "no") if upper else "one layer only",
        "found": ", ".join(f"layer {layer} {share:.1%}" for layer, share in shares.items()),
    }


def _forget_claims(forget: pd.DataFrame) -> list[dict]:
    def claim(side: str, text: str, holds: Callable[[int], bool]) -> dict:
        count = int((forget[side] > ALWAYS).sum())
        evidence = (
            f"{count} of {len(forget)} units are {side}-saturated more than {ALWAYS:.0%} of the "
            f"time; the most so {forget[side].max():.1%}"
        )
        return {"claim": text, "holds": "yes" if holds(count) else "no", "found": evidence}

    return [
        claim("right", "some forget gates are nearly always right-saturated", bool),
        claim("left", "no forget gate is always left-saturated", lambda count: count == 0),
    ]
