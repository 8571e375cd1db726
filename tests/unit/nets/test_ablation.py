"""The ablation of a transformer, whose residual stream is held, and of too short a text."""

import numpy as np
import pytest
import torch

from tests.unit.nets.runs import write_run
from tests.unit.nets.small import CPU, random_net
from visrnn.cells.max_t import STUDY as DISCOVERY
from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.nets.ablation import ablate_net
from visrnn.nets.clamping import clamped_losses, free_losses, read_memory
from visrnn.system.frames import build_frame

TEXT = ("(aab) aab. (b) b. " * 700).encode()
SPLIT = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 40, "block": 7}
RUN = "transformer-2x16-s1"


@pytest.fixture
def study(tmp_path):
    corpus = build_corpus(TEXT, "byte", SPLIT, {})
    net = random_net(RUN, 16, len(corpus.manifest["symbols"]), 0.5)
    row = {"run": RUN, "cell": "transformer", "property": "parentheses", "score": "AUC"}
    found = [
        row | {"layer": 1, "unit": 7, "validation": 0.9, "test": 0.9, "found": True},
        row | {"layer": 2, "unit": 5, "validation": 0.5, "test": 0.5, "found": False},
    ]
    classes = ["no error", "rest"], np.zeros(corpus.part("test").tokens.size, np.int64)
    folder = write_run(tmp_path / RUN, net)
    properties = find_properties(corpus, "prose", {})

    def ablation(characters):
        discovery = build_frame(found, DISCOVERY)
        return ablate_net(folder, corpus, properties, discovery, classes, characters, "mean", CPU)

    return corpus, net, properties, ablation


def test_a_transformer_s_units_have_effects_in_every_layer(study):
    corpus, net, properties, ablation = study
    table, text = ablation(None)
    closing = table[(table["property"] == "parentheses") & (table["place"] == "closing")]
    assert closing.groupby("layer").size().to_dict() == {1: 16, 2: 16}
    # By hand, of the picked cell.
    test, validation = corpus.part("test"), corpus.part("validation")
    value = read_memory(net, "transformer", validation).mean(1)[0, 7:8]
    held = clamped_losses(net, "transformer", test, 1, torch.tensor([7]), value)[0]
    costs, inside = held - free_losses(net, test), properties["parentheses"]
    ends = np.append(False, inside[:-1] & ~inside[1:])
    after = np.append(False, ends[:-1]) & ~ends
    there, elsewhere = (costs[mask[test.positions]].mean() for mask in (ends, ~(ends | after)))
    (row,) = closing[closing["chosen"]].itertuples()
    assert (row.layer, row.unit) == (1, 7)
    assert row.effect == pytest.approx(there - elsewhere, abs=1e-5)
    assert set(text["run"]) == {RUN} and text["mark"].iloc[0] == ")"


def test_a_text_in_which_a_property_hardly_ends_has_no_rows(study):
    *_, ablation = study
    table, text = ablation(40)
    assert table.empty and text.empty
