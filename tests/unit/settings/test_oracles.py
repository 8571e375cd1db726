"""Oracles as configured: values that do not fit are named."""

import pytest

from visrnn.settings.oracles import check_oracles
from visrnn.settings.settings import SCHEMA
from visrnn.system.exceptions import InputError

PAPERS = SCHEMA["properties"]["oracles"]["default"]


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"oracle": "punctuation", "values": [1]}, "punctuation takes no values, found [1]"),
        ({"oracle": "memory"}, "memory takes whole numbers as values, found []"),
        ({"oracle": "memory", "values": [1.5]}, "memory takes whole numbers as values"),
        ({"oracle": "characters", "values": [3]}, "characters takes texts as values, found [3]"),
        ({"oracle": "rare_words", "values": [3, 1]}, "in rising order, found [3, 1]"),
        ({"oracle": "model", "values": ["gru-9"]}, "no run 'gru-9' of this corpus; known are a, b"),
    ],
)
def test_values_that_do_not_fit_are_named(item, line):
    with pytest.raises(InputError) as caught:
        check_oracles([{"oracle": "word_model"}, item], ["a", "b"])
    assert str(caught.value).startswith("oracles.1: ")
    assert line in str(caught.value)


def test_the_papers_list_is_fine():
    check_oracles(PAPERS, [])
