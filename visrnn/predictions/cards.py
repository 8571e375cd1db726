"""Cards: what runs/{run}/card.json holds, one dataclass for each kind of run."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from visrnn.settings.recipe import Recipe
from visrnn.system.display import short
from visrnn.system.exceptions import InputError
from visrnn.system.files import DELETE, read_json, write_json

Record = TypeVar("Record")


@dataclass(frozen=True)
class Losses:
    """The losses of one epoch, in nats per character."""

    # Mean over the epoch's steps, with dropout, while the weights change.
    train: float
    # With the weights at the end of the epoch.
    validation: float
    test: float


@dataclass(frozen=True)
class DropoutCandidate:
    """One rate of dropout that was tried."""

    dropout: float
    # Loss of the net trained with it, in nats per character.
    validation: float


@dataclass(frozen=True)
class NetCard:
    """The card of a trained net, recurrent or n-NN."""

    # Of every card, whether it is of a trained net: only this kind has recipe, losses and weights.
    trained: ClassVar[Literal[True]] = True

    run: str
    # rnn, gru, lstm or nnn.
    cell: str
    # Of a recurrent net; None for an n-NN.
    layers: int | None
    # The paper's size: hidden units of the LSTM with as many parameters; None for an n-NN.
    size: int | None
    # Context characters of an n-NN; None for a recurrent net.
    n: int | None
    # Hidden units of a layer.
    hidden: int
    # Different symbols of the corpus.
    symbols: int
    # Weights and biases.
    parameters: int
    seed: int
    recipe: Recipe
    # As `describe_corpus` gives it.
    corpus: dict[str, Any]
    # cpu, or the name of the GPU.
    device: str
    # Processor threads that PyTorch used.
    threads: int
    # By name, of visrnn, Python, PyTorch and NumPy.
    versions: dict[str, str]
    # The epoch that the weights are from: the lowest validation loss, the first of equals.
    best_epoch: int
    # Of that epoch.
    loss: Losses
    # SHA-256 of weights.safetensors.
    weights_sha256: str
    # SHA-256 of snapshots.safetensors, where training wrote one.
    snapshots_sha256: str | None = None
    # Where dropout was chosen on the validation text: every rate that was tried.
    dropout_grid: list[DropoutCandidate] | None = None
    # The folder that a net was brought from; None for one that was trained here.
    source: str | None = None
    # Whether a net that was brought saw another text in training, or another split of this one.
    may_have_read_test: bool | None = None

    @property
    def validation(self) -> float:
        """The loss on the validation text, by which runs are chosen, as other cards have it."""
        return self.loss.validation


@dataclass(frozen=True)
class NgramCard:
    """The card of an n-gram model."""

    trained: ClassVar[Literal[False]] = False

    run: str
    # ngram.
    cell: str
    # Context characters.
    n: int
    # Different symbols of the corpus.
    symbols: int
    # One visrnn.ngrams.kneser_ney.Discount as a dictionary for each order, from the unigrams up.
    discounts: list[dict[str, Any]]
    # Loss on the validation text, in nats per character.
    validation: float
    corpus: dict[str, Any]
    versions: dict[str, str]


@dataclass(frozen=True)
class ExternalCard:
    """The card of an external model, of which only the predictions are known."""

    trained: ClassVar[Literal[False]] = False

    run: str
    # external.
    cell: str
    # The file that the predictions were imported from.
    source: str
    corpus: dict[str, Any]
    # Loss on the validation text, in nats per character; None where its predictions are not given.
    validation: float | None = None
    # Unknown: always None.
    layers: None = None
    size: None = None
    n: None = None
    hidden: None = None
    seed: None = None


@dataclass(frozen=True)
class CureCard:
    """The card of what is done to a net, which is no net itself and is chosen as none."""

    trained: ClassVar[Literal[False]] = False

    run: str
    # cure.
    cell: str
    # The run that it is done to, and which of visrnn.settings.cures.CURES it is.
    base: str
    cure: str
    # The other runs that it uses.
    parts: list[str]
    # What was fitted on the validation text, by name; the docs of each cure say what it means.
    settings: dict[str, Any]
    # Loss on the validation text, which the settings were fitted on, in nats per character.
    validation: float
    corpus: dict[str, Any]
    versions: dict[str, str]
    # As of an external model.
    layers: None = None
    size: None = None
    n: None = None
    hidden: None = None
    parameters: None = None
    seed: int | None = None


Card = NetCard | NgramCard | ExternalCard | CureCard


def read_card(path: str | Path) -> Card:
    """Read a run's card.json. Raises InputError for a damaged one and for wrong keys."""
    return parse_card(read_json(path), str(path))


def read_net_card(path: str | Path) -> NetCard:
    """Read the card of a trained net. Raises InputError as `read_card`, and for other runs."""
    card = read_card(path)
    if not card.trained:
        raise InputError(f"{path}: expected the card of a trained net, found that of {card.run}")
    return card


def parse_card(values: dict[str, Any], path: str) -> Card:
    """The card that `values`, read from `path`, stand for. Raises InputError for wrong keys."""
    if values.get("cell") == "ngram":
        return _build(NgramCard, values, path)
    if values.get("cell") == "external":
        return _build(ExternalCard, values, path)
    if values.get("cell") == "cure":
        return _build(CureCard, values, path)
    nested: dict[str, type] = {"recipe": Recipe, "loss": Losses}
    parts: dict[str, Any] = {
        key: _build(kind, values[key], f"{path}: {key}")
        for key, kind in nested.items()
        if key in values
    }
    if grid := values.get("dropout_grid"):
        parts["dropout_grid"] = [
            _build(DropoutCandidate, row, f"{path}: dropout_grid") for row in grid
        ]
    return _build(NetCard, values | parts, path)


def write_card(path: str | Path, card: Card) -> None:
    """Write card.json."""
    values = asdict(card)
    if card.trained:
        for key in ("snapshots_sha256", "dropout_grid", "source", "may_have_read_test"):
            if values[key] is None:
                del values[key]
    write_json(path, values)


def describe_corpus(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a card says of the corpus: its text's SHA-256, unit and alphabet, and how it is split.

    The alphabet has a character for each symbol, in the order of their tokens; for a byte the one
    that Latin-1 reads it as.
    """
    described = {key: manifest[key] for key in ("sha256", "unit", "split")}
    return described | {"alphabet": "".join(map(chr, manifest["symbols"]))}


def _build(kind: type[Record], values: Any, path: str) -> Record:
    """The dataclass `kind` with `values`, as parsed from JSON, for its fields."""
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected keys with values, found {short(values)}")
    known = fields(kind)  # type: ignore[arg-type]
    missing = {field.name for field in known if field.default is MISSING} - values.keys()
    unknown = values.keys() - {field.name for field in known}
    for problem, keys in (("is missing", missing), ("is unknown", unknown)):
        if keys:
            raise InputError(
                f"{path}: the key {short(min(keys))} {problem}, as if another version of visrnn "
                f"had written it; {DELETE}"
            )
    return kind(**values)
