"""What the explorer's page is given: data that are the study's, and a page that nothing breaks."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from tests.unit.cards import external_card, net_card, ngram_card
from tests.unit.report.explored import CPU, explored_study, found_cell
from visrnn.cells.causes import SCHEMA as ABLATION
from visrnn.cells.max_t import STUDY
from visrnn.corpus.corpus import build_corpus
from visrnn.nets.modules import build_net
from visrnn.nets.states import states_along
from visrnn.report.explorer.choice import choose_runs, runs_in_page
from visrnn.report.explorer.packing import PART, Packer, unpack
from visrnn.report.explorer.page import describe_cells, pack, render_page
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 3, "block": 50}
EVIL = "</script><script>alert(1)</script><!-- &amp; \u2028"


@pytest.mark.parametrize(
    "array",
    [
        np.arange(300, dtype=np.uint16),
        np.array([True, False]),
        np.random.default_rng(0).random(600_000).astype(np.float32),
        np.array([-2, 7], np.int8),
        np.array([0.5, 20], np.float16),
        np.zeros(0, np.float32),
    ],
    ids=lambda array: array.dtype.name,
)
def test_an_array_is_unpacked_as_it_was(tmp_path, array):
    packer = Packer(tmp_path)
    packer.add("one", array)
    assert unpack(tmp_path, "one", packer.files["one"]).tolist() == array.tolist()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == packer.files["one"]["parts"]
    assert max(sizes) <= 4 / 3 * PART + 100


@pytest.fixture(scope="module")
def corpus():
    text = 'He said, "we go" and went (home).\n' * 400
    return build_corpus(text.encode(), "byte", SPLIT, {"corpus": "small"})


@pytest.mark.parametrize("run", ["lstm-2x5", "gru-1x5", "rnn-3x5"])
def test_states_are_those_of_reading_from_the_start(corpus, run):
    part = corpus.part("test")
    torch.manual_seed(1)
    net = build_net(parse_run(run), 5, len(corpus.manifest["symbols"]))
    for parameter in net.parameters():
        torch.nn.init.uniform_(parameter, -0.5, 0.5)
    stored = states_along(net, part, 300, CPU)
    assert stored.shape[:2] == (2, 3)
    for number, place in enumerate([300, 600]):
        read = torch.from_numpy(part.previous[:, : place + 1].astype(np.int64))
        with torch.inference_mode():
            _, state = net(read, net.start(3))
        for layer, states in enumerate(state):
            for index, expected in enumerate(states):
                found = stored[number, :, layer, index]
                assert np.abs(found - expected.numpy()).max() < 1e-6


def test_the_page_has_the_studys_data(tmp_path, corpus):
    explored, nets = explored_study(corpus, ["gru-2x24-s1", "nnn-2-s1"], n=3)
    study = pack(Packer(tmp_path), "small", explored)

    def read(name):
        return unpack(tmp_path, name, study["files"][name])

    assert read("text").tolist() == explored.part.tokens.ravel().tolist()
    assert read("train").tolist() == corpus.part_tokens("train").ravel().tolist()
    assert read("classes").tolist() == explored.peeled.tolist()
    assert study["classes"]["cures"] == ["ngrams", "all"]
    for bit, right in enumerate(explored.cured.values()):
        assert ((read("cures") >> bit & 1) == right).all()
    models = {model["run"]: model for model in study["models"]}
    assert list(models) == ["gru-2x24-s1", "nnn-2-s1", "ngram-3"]
    for run, model in models.items():
        losses = -np.log(explored.probs[run].astype(float))
        assert model["mean"] == pytest.approx(losses.mean())
        assert np.abs(read(model["loss"]) - losses).max() < 0.004
    net = models["gru-2x24-s1"]["net"]
    at = 0
    for name, shape in net["tensors"].items():
        size = int(np.prod(shape))
        values = read(net["weights"])[at : at + size].reshape(shape)
        assert (values == nets["gru-2x24-s1"].state_dict()[name].numpy()).all()
        at += size
    assert at == len(read(net["weights"]))
    for described, (name, values) in zip(
        study["properties"], explored.properties.items(), strict=True
    ):
        assert described["name"] == name
        assert read(described["file"]).tolist() == values.tolist()
    assert study["classes"]["rest"] == (explored.peeled == -1).sum()
    assert [cell["unit"] for cell in study["cells"]] == [3, 4]


class Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.study, self.inside = [], "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inside = ("id", "study") in attrs

    def handle_data(self, data):
        self.study += data * self.inside

    def handle_endtag(self, tag):
        self.inside = False


def test_no_text_of_a_study_ends_the_script_that_it_stands_in():
    plain, evil = Reader(render_page("t", {})), Reader(render_page(EVIL, {EVIL: [EVIL]}))
    assert evil.tags == plain.tags
    assert json.loads(evil.study) == {EVIL: [EVIL]}


def test_the_models_are_the_best_of_each_kind_and_the_recorded_ones():
    cards = [net_card("lstm-1x8-s1", 2.0), net_card("lstm-2x8-s1", 1.5), net_card("gru-1x8-s1")]
    cards += [ngram_card(2, 2.2), ngram_card(5, 2.1), external_card("mine")]
    chosen = ["gru-1x8-s1", "lstm-2x8-s1", "ngram-5", "mine"]
    assert choose_runs(cards, ["lstm-2x8-s1"]) == chosen
    assert choose_runs(cards, ["lstm-1x8-s1"]) == [*chosen, "lstm-1x8-s1"]
    assert [runs_in_page(card) for card in cards] == [True] * 3 + [False] * 3
    assert not runs_in_page(net_card("lstm-3x1024-s1", parameters=20_000_000))


def test_a_cell_comes_with_what_is_known_of_it():
    rows = [found_cell("gru-2x8-s1", 3, gain=0.25, direction="low", seeds_found=2, seeds=3)]
    rows.append(found_cell("gru-2x8-s2", 5, p=0.2, found=False))
    effect = {"run": "gru-2x8-s1", "layer": 2, "unit": 3, "property": "double_quotes"}
    others = [{"place": "after"}, {"property": "word"}, {"unit": 4}]
    ablation = build_frame(
        [
            effect | {"place": "closing", "effect": 0.125},
            *(effect | {"place": "closing", "effect": 9.0} | other for other in others),
        ],
        ABLATION,
    )
    cell, other = describe_cells(build_frame(rows, STUDY), ablation)
    assert (cell["gain"], cell["direction"], cell["effect"]) == (0.25, "low", 0.125)
    assert (cell["found"], cell["said"], cell["seeds"], cell["of"]) == (True, "≤ 0.005", 2, 3)
    assert (other["found"], other["said"], other["effect"]) == (False, "0.2", None)
    assert other["gain"] is None


def test_a_study_without_cells_has_none():
    assert describe_cells(None, None) == []
