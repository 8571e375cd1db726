"""A run's folder with a net that was built by hand."""

from pathlib import Path

from tests.unit.cards import net_card
from visrnn.nets.modules import RecurrentNet
from visrnn.nets.training import write_weights
from visrnn.predictions.cards import write_card


def write_run(folder: Path, net: RecurrentNet, **fields: object) -> Path:
    """Write weights and card of `net` to `folder`, which is called as its run. Returns it.

    fields: of the card, beside the net's hidden size and its number of symbols.
    """
    digest = write_weights(folder / "weights.safetensors", net.state_dict())
    shape = {"hidden": net.hidden, "symbols": net.decoder.out_features}
    write_card(folder / "card.json", net_card(folder.name, weights_sha256=digest, **shape | fields))
    return folder
