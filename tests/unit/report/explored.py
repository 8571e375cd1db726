"""A small study for tests of the explorer: nets whose weights are drawn, and what they predict."""

import numpy as np
import torch

from tests.unit.cards import net_card, ngram_card
from visrnn.cells.max_t import STUDY
from visrnn.errors.oracles import oracle_inputs, peel
from visrnn.nets.inference import right_probabilities
from visrnn.nets.modules import RecurrentNet, build_net
from visrnn.nets.states import states_along
from visrnn.ngrams.kneser_ney import fit_and_score
from visrnn.report.explorer.page import EVERY, Explored
from visrnn.settings.names import parse_run
from visrnn.settings.oracles import expand_oracles
from visrnn.system.frames import build_frame

CPU = torch.device("cpu")
ORACLES = [{"oracle": "memory", "values": [100, 1000]}, {"oracle": "word_model"}]


def found_cell(run, unit, property_="double_quotes", **fields):
    row = dict.fromkeys(STUDY.names)
    row |= {"run": run, "cell": run[:4].strip("-"), "layer": 2, "property": property_, "unit": unit}
    row |= {"score": "AUC", "validation": 0.9, "test": 0.91, "strength": 0.82, "null": 0.2}
    row |= {"p": 0.005, "p_floor": 0.005, "found": True, "seeds_found": 1, "seeds": 1}
    return row | fields


def explored_study(corpus, runs, n, hidden=24):
    """What the page shows of a corpus, and its nets by name; the best is gru-2x24-s1, if any."""
    part, symbols = corpus.part("test"), len(corpus.manifest["symbols"])
    torch.manual_seed(0)
    nets = {}
    for run in runs:
        nets[run] = build_net(parse_run(run), hidden, symbols)
        for parameter in nets[run].parameters():
            # With larger ones an RNN is chaotic: no two orders of summing agree for long.
            torch.nn.init.uniform_(parameter, -0.3, 0.3)
    cards = [net_card(run, hidden=hidden, symbols=symbols) for run in runs]
    train = corpus.part_tokens("train").ravel()
    scores = fit_and_score(train, part.tokens.ravel(), [n], symbols)
    card = ngram_card(n)
    card.discounts.extend({"values": list(each.values)} for each in scores.discounts[n])
    probs = {run: right_probabilities(net, part, CPU).ravel() for run, net in nets.items()}
    probs[f"ngram-{n}"] = scores.probs[n]
    steps = expand_oracles(ORACLES)
    model = "gru-2x24-s1" if "gru-2x24-s1" in runs else runs[0]
    inputs = oracle_inputs(corpus, "prose", probs)
    inside = np.cumsum(part.tokens.ravel() == part.tokens[0, 0]) % 2 == 1
    properties = {"double_quotes": inside, "line_position": np.arange(part.tokens.size) % 50}
    found = [
        found_cell(model, 3),
        found_cell(model, 4, "line_position", strength=0.5, p=0.5, found=False),
    ]
    explored = Explored(
        corpus,
        np.arange(len(part.tokens)),
        part,
        [*cards, card],
        probs,
        {run: {k: v.numpy() for k, v in net.state_dict().items()} for run, net in nets.items()},
        {
            run: states_along(net, part, EVERY, CPU)
            for run, net in nets.items()
            if isinstance(net, RecurrentNet)
        },
        properties,
        model=model,
        steps=steps,
        peeled=peel(inputs, probs[model], steps),
        cured={"ngrams": scores.probs[n] > 0.3, "all": inside},
        discovery=build_frame(found if "2x" in model else [], STUDY),
    )
    return explored, nets
