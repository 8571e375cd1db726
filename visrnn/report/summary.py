"""What came out of a study, in words and numbers: the first page of the report."""

import math
from collections.abc import Iterable, Mapping
from itertools import groupby

import pyarrow as pa

from visrnn.cells.discovery import LEVEL, best_layers
from visrnn.predictions.cards import Card, NetCard
from visrnn.predictions.selection import best_run
from visrnn.report.html import Section
from visrnn.settings.names import MODELS
from visrnn.settings.oracles import ORACLES
from visrnn.settings.split import PARTS


def summarise(
    manifest: Mapping,
    cards: list[Card],
    losses: pa.Table,
    *,
    peeling: pa.Table | None = None,
    overlap: pa.Table | None = None,
    discovery: pa.Table | None = None,
    claims: pa.Table | None = None,
    dynamics: pa.Table | None = None,
) -> list[Section]:
    """The story of one corpus, from its text to how its nets were made.

    manifest, cards: of the corpus and of all its runs. losses: as
    visrnn.predictions.losses.measure_losses. The other tables are those of error_peeling,
    error_overlap, cell_discovery, saturation (what visrnn.cells.saturation.check_claims gives) and
    dynamics; None where the study has no such thing.
    """
    found = [text_section(manifest), losses_section(manifest, cards, losses)]
    if peeling is not None:
        found.append(errors_section(peeling, overlap))
    if discovery is not None:
        found.append(cells_section(discovery, claims))
    if dynamics is not None and len(dynamics):
        found.append(dynamics_section(dynamics))
    return [*found, making_section(cards, losses)]


def text_section(manifest: Mapping) -> Section:
    """Where the text comes from, how long it is and how it was cut."""
    unit, split = manifest["unit"], manifest["split"]
    sizes = [split["blocks"][part] * split["block"] * split["rows"] for part in PARTS]
    shares = ", ".join(
        f"{size:,} ({size / sum(sizes):.0%}) for {part}"
        for part, size in zip(("training", "validation", "the test"), sizes, strict=True)
    )
    guess = math.log(len(manifest["symbols"]))
    return Section(
        "The text",
        [
            f"{manifest['length']:,} {unit}s from {_place(manifest['source'])}, of "
            f"{len(manifest['symbols'])} different symbols; the sha256 begins with "
            f"{manifest['sha256'][:12]}.",
            f"Cut by {split['scheme']} into parts of {_count(split['rows'], 'stream')}: {shares}.",
            f"Who knows nothing of it and guesses has a loss of {guess:.3f} nats a {unit}.",
        ],
    )


def losses_section(manifest: Mapping, cards: list[Card], losses: pa.Table) -> Section:
    """The best of each kind of model and who wins; nets are chosen on the validation text.

    External models are of no one kind: the table has all of them.
    """
    unit, rows = manifest["unit"], {row["run"]: row for row in losses.to_pylist()}
    best = {}
    for cell in MODELS:
        same = [card for card in cards if card.cell == cell]
        if same and cell == "ngram":
            # They have no validation loss to be chosen by.
            best[cell] = min((rows[card.run] for card in same), key=lambda row: row["loss"])
        elif same:
            best[cell] = rows[best_run(same).run]
    external = [rows[card.run] for card in cards if card.cell == "external"]
    trained = [card for card in cards if card.trained]
    sentences, rivals = [], []
    if trained:
        net = rows[best_run(trained).run]
        rivals.append(net)
        which = _best(len(trained), "net", "on the validation text")
        sentences.append(
            f"{net['run']} with {net['parameters']:,} parameters, {which}, has {_loss(net, unit)} "
            f"on the test text."
        )
    if "ngram" in best:
        rivals.append(best["ngram"])
        which = _best(sum(card.cell == "ngram" for card in cards), "n-gram", "on the test text")
        sentences.append(f"{best['ngram']['run']}, {which}, has {_loss(best['ngram'], unit)}.")
    if len(rivals) == 2:
        first, second = sorted(rivals, key=lambda row: row["loss"])
        apart = second["loss"] - first["loss"]
        sentences.append(
            f"So {first['run']} wins by {apart:.4f} nats a {unit}: the probability that it gives "
            f"to what comes is {math.exp(apart):.2f} times the other's, in the geometric mean."
            if apart
            else f"So {first['run']} and {second['run']} are equally good."
        )
    paper = [row["loss"] - row["paper"] for row in rows.values() if row["paper"] is not None]
    if paper:
        lower = sum(difference < 0 for difference in paper)
        sentences.append(
            f"The paper gives a loss for {len(paper)} of these models; ours is lower for {lower}, "
            f"and {sum(paper) / len(paper):+.4f} nats away in the mean."
        )
    table = [
        {
            "best of its kind": row["run"],
            "parameters": row["parameters"],
            "loss": row["loss"],
            "standard_error": row["standard_error"],
            "bits": row["bits"],
            "perplexity": math.exp(row["loss"]),
        }
        for row in sorted([*best.values(), *external], key=lambda row: row["loss"])
    ]
    types = [pa.string(), pa.int64(), *[pa.float64()] * 4]
    names = ["best of its kind", "parameters", "loss", "standard_error", "bits", "perplexity"]
    schema = pa.schema(list(zip(names, types, strict=True)))
    return Section("Who predicts best", sentences, pa.Table.from_pylist(table, schema))


def errors_section(peeling: pa.Table, overlap: pa.Table | None) -> Section:
    """How many errors the model makes, and what each oracle takes of them in its turn."""
    rows = peeling.to_pylist()
    run, characters = rows[0]["run"], rows[0]["characters"]
    removed: dict[str, int] = {}
    for row in rows:
        removed[row["oracle"]] = removed.get(row["oracle"], 0) + row["removed"]
    errors = sum(removed.values())
    rest = removed["rest"]
    # Half of the probability added to any makes every error right.
    boosted = removed.get(ORACLES["boost"].label, 0)
    asked = removed.keys() - {"rest", ORACLES["boost"].label}
    sentences = [
        f"{run} gives less than half of the probability to what comes in {errors:,} of "
        f"{characters:,} places ({errors / characters:.1%}): these are its errors."
    ]
    if errors and asked:
        most = max(asked, key=lambda name: (removed[name], name))
        sentences.append(
            f"Taken one after the other, the oracles but boost remove "
            f"{(errors - rest - boosted) / errors:.1%} of them; in its turn {most} takes the most, "
            f"{removed[most] / errors:.1%}."
        )
    if overlap is not None:
        runs = [name for name in overlap.column_names if name not in ("characters", "share")]
        share = {
            wrong: sum(
                row["share"]
                for row in overlap.to_pylist()
                if all(row[name] is wrong for name in runs)
            )
            for wrong in (True, False)
        }
        sentences.append(
            f"{', '.join(runs[:-1])} and {runs[-1]} all err in {share[True]:.1%} of the places "
            f"and are all right in {share[False]:.1%}."
        )
    table = {
        "oracle": list(removed),
        "errors": list(removed.values()),
        "percent": [100 * count / max(1, errors) for count in removed.values()],
    }
    return Section("Where it errs", sentences, pa.table(table))


def cells_section(discovery: pa.Table, claims: pa.Table | None) -> Section:
    """The surest cell for each property of the text, and how binary the gates are."""
    rows = best_layers(discovery)
    if not rows:
        return Section(
            "What cells have learned",
            ["No property varies enough in the text that was recorded to be looked for."],
        )
    properties = {row["property"] for row in rows}
    found: dict[str, dict] = {}
    for row in rows:
        if row["p"] < LEVEL:
            found.setdefault(row["property"], row)
    nets = _list(dict.fromkeys(row["run"] for row in rows))
    sentences = [
        f"{len(properties)} properties of the text were looked for in {nets}. For {len(found)} of "
        f"them a cell was found that tells them, and confirmed on other text (p < {LEVEL:g}, "
        f"corrected for the number of units tried)."
    ]
    if claims is not None:
        said = [row["holds"] for row in claims.to_pylist() if row["holds"] in ("yes", "no")]
        sentences.append(
            f"Of what the paper says about how gates are saturated, {said.count('yes')} of "
            f"{_count(len(said), 'statement')} hold for these nets."
        )
    keys = ["property", "run", "layer", "unit", "score", "test", "p"]
    table = [{key: row[key] for key in keys} for row in found.values()]
    return Section(
        "What cells have learned", sentences, pa.Table.from_pylist(table) if table else None
    )


def dynamics_section(dynamics: pa.Table) -> Section:
    """Which n-NN a net is most like, from its first steps on."""
    rows = sorted(dynamics.to_pylist(), key=lambda row: (row["step"], row["n"]))
    nearest = [
        min(group, key=lambda row: row["divergence"])
        for _, group in groupby(rows, key=lambda row: row["step"])
    ]
    stages = [list(group)[-1] for _, group in groupby(nearest, key=lambda row: row["n"])]
    steps = ", then ".join(f"the {row['n']}-NN up to epoch {row['epoch']:.2g}" for row in stages)
    return Section("How it grows", [f"In its training {rows[0]['run']} is most like {steps}."])


def making_section(cards: list[Card], losses: pa.Table) -> Section:
    """What the nets were trained with, as their cards say."""
    names = dict(zip(losses["run"].to_pylist(), losses["recipe"].to_pylist(), strict=True))
    recipes: dict[str, list[NetCard]] = {}
    versions: dict[str, set[str]] = {}
    for card in cards:
        if card.trained:
            recipes.setdefault(names[card.run], []).append(card)
        for name, version in getattr(card, "versions", {}).items():
            versions.setdefault(name, set()).add(version)
    sentences = []
    for name, found in recipes.items():
        recipe, devices = found[0].recipe, sorted({card.device for card in found})
        base = recipe.base_size
        less = f" (less for recurrent nets of more than {base} units)" if base else ""
        sentences.append(
            f"{_count(len(found), 'net')} trained with the recipe {name} on {_list(devices)}: "
            f"{_count(recipe.epochs, 'epoch')}, {recipe.optimizer} with a learning rate of "
            f"{recipe.learning_rate:g}{less}, {recipe.batch} streams of {recipe.sequence} "
            f"characters a step."
        )
    chosen = [card for card in cards if card.trained and card.dropout_grid]
    if chosen:
        rates = ", ".join(f"{card.recipe.dropout:g} for {card.run}" for card in chosen)
        grid = _list([f"{row.dropout:g}" for row in chosen[0].dropout_grid or []])
        sentences.append(f"Dropout was chosen on the validation text from {grid}: {rates}.")
    if versions:
        made = ", ".join(f"{name} {_list(sorted(versions[name]))}" for name in versions)
        sentences.append(f"The models were made with {made}.")
    return Section("How it was made", sentences)


def _place(source: Mapping) -> str:
    """Where a text comes from, in words."""
    if "builtin" in source:
        found = source.get("found", {})
        return f"the library of {found.get('implementation', 'Python')} {found.get('python', '')}"
    if "url" in source:
        return source["found"]["mirror"]
    return f"the file {source['file']}" if "file" in source else f"the files of {source['tree']}"


def _loss(row: Mapping, unit: str) -> str:
    return (
        f"a loss of {row['loss']:.4f} ± {row['standard_error']:.4f} nats a {unit} "
        f"({row['bits']:.3f} bits, perplexity {math.exp(row['loss']):.2f})"
    )


def _best(number: int, what: str, where: str) -> str:
    return f"the best of {number:,} {what}s {where}" if number > 1 else f"the only {what}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
