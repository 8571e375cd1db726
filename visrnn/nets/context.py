"""How far back a net looks: its loss with only the last k characters before a target.

A net's state is put to zero k characters before each target, which stays the same for every k
(Khandelwal et al. 2018). Context reaches back beyond the test text, into whatever stands before it.
The excess loss is over the net that has read its stream's validation and test text up to the
target. The horizon is the smallest k whose 95% interval ends below TOLERANCE.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from visrnn.cells.horizons import ALL, NOTHING, OTHER, SCHEMA, SHUFFLED
from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.clamping import free_losses
from visrnn.nets.inference import BLOCK, load_net
from visrnn.nets.modules import LayeredNet, State
from visrnn.nets.transformer import Transformer
from visrnn.settings.names import parse_run
from visrnn.statistics.resampling import Estimate, find_units, resample, sum_by
from visrnn.system.frames import build_frame

LENGTHS = (1, 2, 4, 8, 16, 20, 32, 50, 64, 100, 128, 200, 256, 512, 1024)
# Beyond these k, other text is tried in the place of nothing; and how much of it.
MOST_FILLED, FILL = 128, 100
# Tokens that are read at a time: streams times characters.
TOKENS = 2**17


def choose_targets(part: Part, count: int) -> np.ndarray:
    """Where in a part the targets lie, int64 [targets] in reading order: evenly over streams.

    As many in each stream, the last of its characters among them.
    """
    streams, length = part.tokens.shape
    each = max(1, min(length, count // streams))
    # The gaps between them differ by one, and no period of the text can meet them all.
    offset = (np.arange(1, each + 1) * length) // each - 1
    return (np.arange(streams)[:, None] * length + offset).ravel()


@torch.inference_mode()
def context_losses(net: LayeredNet, context: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The loss of each target by a net that has read its context from the zero state.

    context: int64 [targets, k], read one after the other. target: int64 [targets]. float64, nats.
    """
    net.eval()
    device = next(net.parameters()).device
    losses = []
    each = max(1, TOKENS // context.shape[1])
    for start in range(0, len(context), each):
        some = slice(start, start + each)
        state = net.start(len(context[some]))
        # Logits are wanted of the last character only.
        if context.shape[1] > 1:
            before = torch.from_numpy(context[some, :-1]).to(device)
            state = read_state(net, before, state)
        last = torch.from_numpy(context[some, -1:].copy()).to(device)
        logits, _ = net(last, state)
        right = torch.from_numpy(target[some]).to(device).unsqueeze(1)
        log_prob = logits[:, 0].log_softmax(1).gather(1, right)
        losses.append(-log_prob.squeeze(1).cpu().double().numpy())
    return np.concatenate(losses)


def read_state(net: LayeredNet, tokens: torch.Tensor, state: State) -> State:
    """The state of a net after tokens, int64 [streams, steps], without any logits."""
    if isinstance(net, Transformer):
        # A block that is long beside the window computes much that no step sees.
        for block in tokens.split(BLOCK, 1):
            state = net.read(block, state)[1]
        return state
    after: State = []
    below = tokens.t().contiguous()  # [steps, streams]
    for weight_in, weight, bias, start in zip(
        net.weights_in, net.weights, net.biases, state, strict=True
    ):
        below, *last = net.scan(below, weight_in, weight, bias, *start)
        after.append(tuple(last))
    return after


def full_losses(net: LayeredNet, corpus: Corpus) -> np.ndarray:
    """The loss of every test character with all context there is, float32 [streams, length].

    A stream of the test text is read after that of the validation text which stands before it,
    where one does.
    """
    test, validation = corpus.part("test"), corpus.part("validation")
    before = validation.positions.shape[1]
    follows = (validation.positions[:, -1] + 1 == test.positions[:, 0]).all()
    if not follows:
        before = min(int(test.positions[0, 0]), max(LENGTHS))
    positions = test.positions[:, :1] + np.arange(-before, test.tokens.shape[1])
    part = Part(corpus.tokens[positions], corpus.tokens[positions - 1], positions)
    return free_losses(net, part)[:, before:]


def fill_beyond(corpus: Corpus, positions: np.ndarray, k: int, kind: str, seed: int) -> np.ndarray:
    """What stands before the last k characters of targets instead of the text.

    shuffled: the FILL characters that do stand there, in random order. other: FILL characters of
    another stream, from before the target that is half of all targets further on. Returns int64
    [targets, FILL].
    """
    generator = np.random.default_rng(seed)
    if kind == OTHER:
        positions = np.roll(positions, len(positions) // 2)
    back = positions[:, None] - k - FILL + np.arange(FILL)
    tokens = corpus.tokens[back].astype(np.int64)
    return generator.permuted(tokens, axis=1) if kind == SHUFFLED else tokens


def measure_context(
    folder: str | Path,
    corpus: Corpus,
    groups: Mapping[str, np.ndarray],
    ngrams: Mapping[str, np.ndarray],
    targets: int,
    device: torch.device,
) -> pd.DataFrame:
    """The excess loss of a net for every k, and of n-grams beside it, as SCHEMA has it.

    folder: of the net's run. groups: classes of characters, bool [characters of the test]. ngrams:
    the probabilities that n-grams gave, by run, [characters of the test]; their n stands for k, and
    the longest for full context. targets: about how many. k stops where the corpus begins.
    """
    net, card = load_net(folder, device)
    assert isinstance(net, LayeredNet)
    test = corpus.part("test")
    chosen = choose_targets(test, targets)
    positions = test.positions.ravel()[chosen]
    token = corpus.tokens[positions].astype(np.int64)
    lengths = [k for k in LENGTHS if k + FILL <= positions.min()]
    full = full_losses(net, corpus).ravel()[chosen].astype(np.float64)
    unit = find_units(full, len(test.tokens))
    named = {ALL: np.ones(len(chosen), bool)} | {key: mask[chosen] for key, mask in groups.items()}
    tables = []
    for k in lengths:
        context = corpus.tokens[positions[:, None] + np.arange(-k, 0)].astype(np.int64)
        kinds = (NOTHING, SHUFFLED, OTHER) if k <= MOST_FILLED else (NOTHING,)
        for kind in kinds:
            text = context
            if kind != NOTHING:
                fill = fill_beyond(corpus, positions, k, kind, seed=k)
                text = np.concatenate([fill, context], 1)
            losses = context_losses(net, text, token)
            tables.append(excess_rows(card.run, kind, k, losses, full, named, unit))
    # Classes of errors are those of this net; the rest is the same beside every net.
    of_text = {key: mask for key, mask in named.items() if not key.startswith("error: ")}
    by_n = sorted((parse_run(run).n or 0, run) for run in ngrams)
    if by_n:
        of_longest = -np.log(ngrams[by_n[-1][1]][chosen].astype(np.float64))
    for n, run in by_n:
        losses = -np.log(ngrams[run][chosen].astype(np.float64))
        tables.append(excess_rows("ngram", NOTHING, n, losses, of_longest, of_text, unit))
    return pd.concat(tables, ignore_index=True) if tables else build_frame([], SCHEMA)


def excess_rows(
    run: str,
    beyond: str,
    k: int,
    losses: np.ndarray,
    full: np.ndarray,
    groups: Mapping[str, np.ndarray],
    unit: np.ndarray,
) -> pd.DataFrame:
    """A row a group of targets; losses, full: nats [targets], groups: bool [targets] by name."""
    masks = np.stack(list(groups.values())).astype(np.float64)  # [groups, targets]
    counts = sum_by(unit, masks)
    excess: Estimate = resample(sum_by(unit, masks * (losses - full)), counts)
    low, high = excess.interval()
    sizes = masks.sum(1)
    columns = {
        "run": [run] * len(masks),
        "group": list(groups),
        "beyond": [beyond] * len(masks),
        "k": [k] * len(masks),
        "count": sizes.astype(np.int64),
        "excess": excess.value,
        "low": low,
        "high": high,
        "full": masks @ full / np.maximum(sizes, 1),
    }
    return build_frame(columns, SCHEMA)
