"""Studies made by hand, in which a claim is true or false by construction."""

import numpy as np

from tests.unit.cards import net_card, ngram_card
from tests.unit.predictions.tables import STREAMS, around, predictions
from visrnn.claims.study import Study
from visrnn.settings.names import parse_run
from visrnn.statistics.resampling import find_units, resample, sum_by

# Characters of the test text.
SIZE = len(around(0.5).prob)


def plant(models, cards=None, **fields):
    """models: by run the mean probability of what came, or every one of them [characters]."""
    tables = {
        run: around(prob, (parse_run(run).seed or 1) - 1)
        if np.isscalar(prob)
        else predictions(prob)
        for run, prob in models.items()
    }
    made = {run: ngram_card(parse_run(run).n) for run in models if run.startswith("ngram")}
    made |= {run: net_card(run) for run in models if run not in made}
    made |= cards or {}
    unit = find_units(next(iter(tables.values())).losses, STREAMS)
    sums = np.stack([sum_by(unit, table.losses) for table in tables.values()], 1)
    losses = resample(sums, sum_by(unit, np.ones(SIZE))[:, None])
    return Study(
        {run: made[run] for run in models}, losses, unit, lambda run: tables[run].prob, **fields
    )


def verdict(test, study):
    return test(study).verdict


def nothing():
    """A study of one n-gram, of which no claim can be tested."""
    return plant({"ngram-1": 0.2})
