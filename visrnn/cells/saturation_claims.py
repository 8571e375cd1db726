"""What the paper says of saturated gates (section 4.2), true or not of the nets of a study."""

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.settings.names import net_of
from visrnn.statistics.resampling import Estimate, resample
from visrnn.system.frames import build_frame

# A unit that spends more than this of its time on one side of a gate is called always so. The bound
# is ours: the paper gives none.
ALWAYS = 0.9

CLAIMS = pa.schema(
    [
        ("net", pa.string()),
        ("claim", pa.string()),
        # Seeds of the net, and for how many of them the claim holds, fails, and is undecided: the
        # 95% interval over streams has both.
        ("seeds", pa.int32()),
        ("yes", pa.int32()),
        ("no", pa.int32()),
        ("undecided", pa.int32()),
        # What was measured, seed by seed.
        ("measured", pa.string()),
    ]
)

# The mean over the units of a layer, with its interval: the share of time that gates are shut and
# open, and either.
LAYERS = pa.schema(
    [
        ("run", pa.string()),
        ("layer", pa.int32()),
        # A gate, or "all" for the mean over them.
        ("gate", pa.string()),
        *(
            (f"{side}{end}", pa.float64())
            for side in ("left", "right", "saturated")
            for end in ("", "_low", "_high")
        ),
        # Whether the run is the net's seed of median validation loss.
        ("median_seed", pa.bool_()),
    ]
)


def measure_layers(streams: pd.DataFrame, median_runs: list[str]) -> pd.DataFrame:
    """The saturation of each layer of each recorded net (LAYERS).

    streams: visrnn.cells.saturation.STREAMS of all nets. median_runs: of each net the run that
    stands for it.
    """
    rows = []
    for run, layer, gate, shares in _by_layer(streams):
        row = {"run": run, "layer": layer, "gate": gate, "median_seed": run in median_runs}
        for side in ("left", "right", "saturated"):
            estimate = _mean(shares[side].to_numpy(float))
            low, high = (float(end) for end in estimate.interval())
            row |= {side: float(estimate.value), f"{side}_low": low, f"{side}_high": high}
        rows.append(row)
    return build_frame(rows, LAYERS)


def check_claims(saturation: pd.DataFrame, streams: pd.DataFrame) -> pd.DataFrame:
    """What the paper says of saturation (section 4.2), true or not of each recorded net (CLAIMS).

    saturation, streams: visrnn.cells.saturation.SCHEMA and STREAMS of all nets.
    """
    rows = []
    for run, units in saturation.groupby("run", sort=False):
        claims = _layer_claim(streams[streams["run"] == run])
        if (units["cell"] == "lstm").all():
            claims += _forget_claims(units[units["gate"] == "f"])
        rows += [{"net": net_of(run), **claim} for claim in claims]
    if not rows:
        return build_frame([], CLAIMS)
    by_claim = pd.DataFrame(rows).groupby(["net", "claim"], sort=False)
    return build_frame(
        [
            {"net": net, "claim": claim, "seeds": len(seeds)}
            | {holds: int((seeds["holds"] == holds).sum()) for holds in ("yes", "no", "undecided")}
            | {"measured": "; ".join(seeds["measured"])}
            for (net, claim), seeds in by_claim
        ],
        CLAIMS,
    )


def _by_layer(streams: pd.DataFrame) -> list[tuple[str, int, str, pd.DataFrame]]:
    """Run, layer, gate and shares by stream; of every gate, and of all in the mean."""
    if streams.empty:
        return []
    streams = streams.assign(saturated=streams["left"] + streams["right"])
    key, sides = ["run", "layer"], ["left", "right", "saturated"]
    mean = streams.groupby([*key, "stream"], sort=False)[sides].mean().reset_index()
    every = pd.concat([streams, mean.assign(gate="all")], ignore_index=True)
    return [
        (run, int(layer), gate, shares.sort_values("stream"))
        for (run, layer, gate), shares in every.groupby([*key, "gate"], sort=False)
    ]


def _mean(shares: np.ndarray) -> Estimate:
    return resample(shares, np.ones(len(shares)))


def _layer_claim(streams: pd.DataFrame) -> list[dict]:
    """A gate is binary as far as it is saturated on either side: the share of time, by layer."""
    means = {
        layer: _mean(shares["saturated"].to_numpy(float))
        for _, layer, gate, shares in _by_layer(streams)
        if gate == "all"
    }
    first, *upper = means.values()
    if not upper:
        return []
    ends = np.array([(layer - first).interval() for layer in upper])  # [layers, 2]
    holds = "yes" if (ends[:, 0] > 0).all() else "no" if (ends[:, 1] < 0).any() else "undecided"
    return [
        {
            "claim": "gates of upper layers are saturated more of the time than those of the first",
            "holds": holds,
            "measured": ", ".join(
                f"layer {layer} {float(share.value):.1%}" for layer, share in means.items()
            ),
        }
    ]


def _forget_claims(forget: pd.DataFrame) -> list[dict]:
    claims = []
    for side, state, some in (("right", "open", True), ("left", "shut", False)):
        count = int((forget[side] > ALWAYS).sum())
        many = "some forget gates are" if some else "no forget gate is"
        claims.append(
            {
                "claim": f"{many} {state} ({side}-saturated) more than {ALWAYS:.0%} of the time",
                "holds": "yes" if (count > 0) == some else "no",
                "measured": f"{count} of {len(forget)} units; the most so {forget[side].max():.1%}",
            }
        )
    return claims
