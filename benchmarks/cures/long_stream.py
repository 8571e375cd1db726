"""Adapting and the cache on one long stream and on many short ones of the same text.

    PYTHONPATH=. python benchmarks/cures/long_stream.py warpeace_input.txt folder [characters]

Trains a small net on the first 80% of the text (`split: {scheme: tail}`) into `folder`, unless it
is there. Then the test text is read as streams of 3,300 characters, and as one, in which the net
goes on from the end of the validation text, with or without the cure alike. `characters`: how many
of the test text are read; all if it is left out.

What is resampled is the same in both, the pieces of 3,300 characters that are the short streams.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from visrnn.corpus.corpus import Corpus, Part, build_corpus
from visrnn.corpus.words import find_words
from visrnn.errors.oracles import NEVER, previous_distances, train_counts
from visrnn.nets.adaptation import adapted_probabilities, find_scale
from visrnn.nets.cache import cache_probabilities
from visrnn.nets.cures import MEASURED, choose_steps, sample_streams
from visrnn.nets.hidden import temperatures
from visrnn.nets.inference import load_net, right_probabilities
from visrnn.nets.modules import Net
from visrnn.nets.training import train_net
from visrnn.predictions.partial import choose_partner, mix_where_known
from visrnn.predictions.predictions import mean_loss
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import load_settings
from visrnn.statistics.resampling import resample

CPU = torch.device("cpu")
SPLIT = {"scheme": "tail", "fractions": [0.8, 0.1, 0.1], "rows": 100, "block": 100}
# Characters of the validation text that settings are chosen on, and that one stream reads first.
CHOSEN_ON, WARM = 30_000, 30_000
# Words that stand at most so often in the training text are rare, as the oracles have it.
RARE = 5


def stream_of(corpus: Corpus, start: int, length: int) -> Part:
    """A piece of the text as one stream."""
    positions = start + np.arange(length)[None]
    return Part(corpus.tokens[positions], corpus.tokens[positions - 1], positions)


def describe(values: np.ndarray) -> str:
    """The mean of values, [pieces, length], and its interval, for which pieces are drawn anew."""
    estimate = resample(values.sum(1, dtype=np.float64), np.full(len(values), values.shape[1]))
    low, high = estimate.interval()
    return f"{estimate.value:+.4f} [{low:+.4f}, {high:+.4f}]"


def read(net: Net, validation: Part, test: Part, train: Part) -> dict[str, np.ndarray]:
    """The losses [streams, length] of the net and of both cures, whose settings are printed."""
    base, alone = (right_probabilities(net, part, CPU) for part in (validation, test))
    tried = temperatures(net, validation, CPU)
    candidates = cache_probabilities(net, validation, tried, CPU)
    choice = choose_partner(base.ravel(), candidates.reshape(len(tried), -1))
    (other,) = cache_probabilities(net, test, [tried[choice.index]], CPU)
    cached = mix_where_known(alone.ravel(), other.ravel(), choice.weight).reshape(alone.shape)
    print(f"  cache: weight {choice.weight:.3f}, temperature {tried[choice.index]:.3g}")
    gradients = find_scale(net, train, CPU)
    steps = choose_steps(net, validation, mean_loss(base), gradients, CPU)
    adapted = adapted_probabilities(net, test, steps, *gradients, CPU)
    print(f"  adapted: {steps}", flush=True)
    probs = {"net": alone, "cache": cached, "adapted": adapted}
    return {name: -np.log(prob.astype(np.float64)) for name, prob in probs.items()}


def kinds_of(corpus: Corpus, test: Part) -> dict[str, np.ndarray]:
    """The kinds of characters in one stream by what is known of their word, bool [characters]."""
    words, positions = find_words(corpus, "prose"), test.positions
    count = train_counts(words, positions.ravel(), corpus.part("train").positions.ravel())
    # Of its first character nobody knows which word it will be.
    inside = (count != NEVER) & ~words.word_initial[positions.ravel()]
    seen = previous_distances(words, positions, len(corpus.tokens)) != NEVER
    often = {"no": count == 0, f"1 to {RARE}": (count > 0) & (count <= RARE), "more": count > RARE}
    kinds = {
        f"in words, {name} in the training text, {'' if again else 'not '}seen in the stream": (
            inside & here & (seen == again)
        )
        for name, here in often.items()
        for again in (True, False)
    }
    return kinds | {"all other characters": ~inside}


def main() -> None:
    text, folder = Path(sys.argv[1]).read_bytes()[:3258246], Path(sys.argv[2])
    characters = int(sys.argv[3]) if len(sys.argv) > 3 else 10**9
    corpus = build_corpus(text, "byte", SPLIT, {})
    recipe = load_settings({})["recipes"]["quick"]
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "card.json").exists():
        train_net(corpus, "gru-1x64-s1", Recipe(**recipe), "lstm-1x64", folder, device="cpu")
    net, _ = load_net(folder, CPU)
    _, train = sample_streams(corpus.part("train"), MEASURED)
    _, validation = sample_streams(corpus.part("validation"), CHOSEN_ON)
    whole = corpus.part("test")
    pieces = min(len(whole.tokens), max(1, characters // whole.tokens.shape[1]))
    arrays = (whole.tokens, whole.previous, whole.positions)
    test = Part(*(each[:pieces] for each in arrays))
    print(f"{pieces} streams of {whole.tokens.shape[1]:,} characters")
    short = read(net, validation, test, train)
    print("one stream")
    begin = int(test.positions[0, 0])
    earlier = stream_of(corpus, begin - WARM - CHOSEN_ON, CHOSEN_ON)
    one = stream_of(corpus, begin - WARM, WARM + test.tokens.size)
    read_long = read(net, earlier, one, train)
    long = {name: loss[:, WARM:].reshape(pieces, -1) for name, loss in read_long.items()}

    print(f"net: {short['net'].mean():.4f} nats, in one stream {long['net'].mean():.4f}")
    kinds = {name: mask[WARM:] for name, mask in kinds_of(corpus, one).items()}
    for name in ("cache", "adapted"):
        gains = {"streams": short["net"] - short[name], "one stream": long["net"] - long[name]}
        gains["more in one stream"] = gains["one stream"] - gains["streams"]
        print(f"{name} gains, in nats per character of all, over {pieces} pieces:")
        for reading, gain in gains.items():
            print(f"  {reading}: {describe(gain)}")
            tenths = " ".join(f"{part.mean():+.4f}" for part in np.array_split(gain, 5))
            print(f"    along the text, by fifths: {tenths}")
            for kind, mask in kinds.items():
                share = f"{mask.mean():6.2%}"
                print(f"    {share} {kind}: {describe(gain * mask.reshape(gain.shape))}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
