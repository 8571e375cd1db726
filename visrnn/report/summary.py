"""What came out of a study, in words and numbers: the first page of the report."""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from visrnn.cells.discovery import LEVEL, best_cells
from visrnn.cells.max_t import describe_p
from visrnn.predictions.cards import Card, NetCard
from visrnn.predictions.selection import best_run
from visrnn.report.html import Section
from visrnn.settings.names import MODELS
from visrnn.settings.oracles import ORACLES
from visrnn.settings.split import PARTS, describe_shares


def summarise(
    manifest: Mapping,
    cards: list[Card],
    losses: pd.DataFrame,
    *,
    peeling: pd.DataFrame | None = None,
    overlap: pd.DataFrame | None = None,
    discovery: pd.DataFrame | None = None,
    claims: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
) -> list[Section]:
    """The story of one corpus, from its text to how its nets were made.

    manifest, cards: of the corpus and of all its runs. losses: as
    visrnn.predictions.losses.measure_losses. The other tables are those of error_peeling,
    error_overlap, cell_discovery, saturation_claims and dynamics; None where the study has no such
    thing.
    """
    sections = [text_section(manifest), losses_section(manifest, cards, losses)]
    if peeling is not None:
        sections.append(errors_section(peeling, overlap))
    if discovery is not None:
        sections.append(cells_section(discovery, claims))
    if dynamics is not None and len(dynamics):
        sections.append(dynamics_section(dynamics))
    return [*sections, making_section(cards, losses)]


def text_section(manifest: Mapping) -> Section:
    """Where the text comes from, how long it is and how it was cut."""
    unit, split = manifest["unit"], manifest["split"]
    sizes = [split["blocks"][part] * split["block"] * split["rows"] for part in PARTS]
    shares = ", ".join(
        f"{size:,} ({size / sum(sizes):.0%}) for {part}"
        for part, size in zip(("training", "validation", "the test"), sizes, strict=True)
    )
    uniform = math.log(len(manifest["symbols"]))
    off = describe_shares(manifest["length"], split)
    return Section(
        "The text",
        [
            f"{manifest['length']:,} {unit}s from {_origin(manifest['source'])}, of "
            f"{len(manifest['symbols'])} different symbols; the sha256 begins with "
            f"{manifest['sha256'][:12]}.",
            f"Cut by {split['scheme']} into parts of {_count(split['rows'], 'stream')}: {shares}.",
            *([off] if off else []),
            f"Uniform guessing has a loss of {uniform:.3f} nats a {unit}.",
        ],
    )


def losses_section(manifest: Mapping, cards: list[Card], losses: pd.DataFrame) -> Section:
    """The best of each kind of model and who wins; nets are chosen on the validation text.

    External models are of no one kind: the table has all of them.
    """
    unit, rows = manifest["unit"], losses.set_index("run", drop=False)
    best: dict[str, str] = {}
    for cell in MODELS:
        same = [card for card in cards if card.cell == cell]
        if same and cell == "ngram":
            # They have no validation loss to be chosen by.
            best[cell] = rows.loc[[card.run for card in same], "loss"].idxmin()
        elif same:
            best[cell] = best_run(same).run
    external = [card.run for card in cards if card.cell == "external"]
    trained = [card for card in cards if card.trained]
    sentences, rivals = [], []
    if trained:
        net = rows.loc[best_run(trained).run]
        rivals.append(net)
        which = _best(len(trained), "net", "on the validation text")
        sentences.append(
            f"{net['run']} with {net['parameters']:,} parameters, {which}, has {_loss(net, unit)} "
            f"on the test text."
        )
    if "ngram" in best:
        ngram = rows.loc[best["ngram"]]
        rivals.append(ngram)
        which = _best(sum(card.cell == "ngram" for card in cards), "n-gram", "on the test text")
        sentences.append(f"{ngram['run']}, {which}, has {_loss(ngram, unit)}.")
    if len(rivals) == 2:
        first, second = sorted(rivals, key=lambda row: row["loss"])
        apart = second["loss"] - first["loss"]
        sentences.append(
            f"So {first['run']} wins by {apart:.4f} nats a {unit}: the probability that it gives "
            f"to what comes is {math.exp(apart):.2f} times the other's, in the geometric mean."
            if apart
            else f"So {first['run']} and {second['run']} are equally good."
        )
    differences = (losses["loss"] - losses["paper"]).dropna()
    if len(differences):
        sentences.append(
            f"The paper gives a loss for {len(differences)} of these models; ours is lower for "
            f"{(differences < 0).sum()}, and {differences.mean():+.4f} nats away in the mean."
        )
    table = rows.loc[[*best.values(), *external]].sort_values("loss", kind="stable")
    table = table.assign(perplexity=table["loss"].map(math.exp))
    columns = ["run", "parameters", "loss", "standard_error", "bits", "perplexity"]
    table = table[columns].rename(columns={"run": "best of its kind"})
    return Section("Who predicts best", sentences, table)


def errors_section(peeling: pd.DataFrame, overlap: pd.DataFrame | None) -> Section:
    """How many errors the model makes, and what each oracle takes of them in its turn."""
    run, characters = peeling["run"].iloc[0], peeling["characters"].iloc[0]
    removed = peeling.groupby("oracle", sort=False)["removed"].sum()
    errors = removed.sum()
    # Half of the probability added to any makes every error right.
    boost = ORACLES["boost"].label
    oracles = removed.drop(["rest", boost], errors="ignore")
    sentences = [
        f"{run} gives less than half of the probability to what comes in {errors:,} of "
        f"{characters:,} places ({errors / characters:.1%}): these are its errors."
    ]
    if errors and len(oracles):
        # Of equals the last by name.
        most = oracles.sort_index(ascending=False).idxmax()
        sentences.append(
            f"Taken one after the other, all oracles except boost remove "
            f"{oracles.sum() / errors:.1%} of them; in its turn {most} takes the most, "
            f"{removed[most] / errors:.1%}."
        )
    if overlap is not None:
        runs = list(overlap.columns.drop(["characters", "share"]))
        wrong = overlap[runs].sum(axis=1)
        all_wrong = overlap.loc[wrong == len(runs), "share"].sum()
        all_right = overlap.loc[wrong == 0, "share"].sum()
        sentences.append(
            f"{', '.join(runs[:-1])} and {runs[-1]} all err in {all_wrong:.1%} of the places "
            f"and are all right in {all_right:.1%}."
        )
    table = removed.rename("errors").reset_index()
    table["percent"] = 100 * table["errors"] / max(1, errors)
    return Section("Where it errs", sentences, table)


def cells_section(discovery: pd.DataFrame, claims: pd.DataFrame | None) -> Section:
    """For which properties of the text a cell was found, and how binary the gates are."""
    title = "What cells have learned"
    if discovery.empty:
        return Section(
            title, ["No property varies enough in the text that was recorded to be looked for."]
        )
    best = best_cells(discovery)
    found = best[best["found"].astype(bool)].reset_index(drop=True)
    nets = _list(discovery["net"].unique())
    sentences = [
        f"{_count(len(best), 'property', 'properties')} of the text "
        f"{'was' if len(best) == 1 else 'were'} looked for in {nets}. For {len(found)} of them a "
        f"cell was found: it is stronger than every unit of nets that have learned nothing (p < "
        f"{LEVEL:g}, corrected for all units, properties and nets tried), and adds to what a table "
        f"of the last 8 characters tells (95% interval above zero)."
    ]
    if claims is not None:
        for claim, by_net in claims.groupby("claim", sort=False):
            holds = (by_net["yes"] == by_net["seeds"]).sum()
            unsure = " (and is undecided for some)" if by_net["undecided"].any() else ""
            sentences.append(
                f"The paper says that {claim}: this holds for {holds} of "
                f"{_count(len(by_net), 'net')}, in every seed{unsure}."
            )
    found["p"] = [describe_p(*pair) for pair in zip(found["p"], found["p_floor"], strict=True)]
    columns = ["property", "run", "layer", "unit", "direction", "score", "test", "gain", "p"]
    columns += ["seeds_found", "seeds"]
    return Section(title, sentences, found[columns] if len(found) else None)


def dynamics_section(dynamics: pd.DataFrame) -> Section:
    """Which n-NN a net is most like, from its first steps on."""
    ordered = dynamics.sort_values(["step", "n"], ignore_index=True)
    nearest = ordered.loc[ordered.groupby("step")["divergence"].idxmin()]
    # The last point of each row of points that have the same nearest n-NN.
    stages = nearest[nearest["n"] != nearest["n"].shift(-1, fill_value=0)]
    steps = ", then ".join(
        f"the {stage.n}-NN up to epoch {stage.epoch:.2g}" for stage in stages.itertuples()
    )
    run = ordered["run"].iloc[0]
    return Section("Training dynamics", [f"In its training {run} is most like {steps}."])


def making_section(cards: list[Card], losses: pd.DataFrame) -> Section:
    """What the nets were trained with, as their cards say."""
    names = losses.set_index("run")["recipe"]
    recipes: dict[str, list[NetCard]] = {}
    versions: dict[str, set[str]] = {}
    for card in cards:
        if card.trained:
            recipes.setdefault(names[card.run], []).append(card)
        for name, version in getattr(card, "versions", {}).items():
            versions.setdefault(name, set()).add(version)
    sentences = []
    for name, nets in recipes.items():
        recipe, devices = nets[0].recipe, sorted({card.device for card in nets})
        base = recipe.base_size
        less = f" (less for recurrent nets of more than {base} units)" if base else ""
        sentences.append(
            f"{_count(len(nets), 'net')} trained with the recipe {name} on {_list(devices)}: "
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
        packages = ", ".join(f"{name} {_list(sorted(versions[name]))}" for name in versions)
        sentences.append(f"The models were made with {packages}.")
    return Section("How it was made", sentences)


def _origin(source: Mapping) -> str:
    """Where a text comes from, in words."""
    if "builtin" in source:
        library = source.get("found", {})
        name, version = library.get("implementation", "Python"), library.get("python", "")
        return f"the library of {name} {version}"
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


def _count(number: int, what: str, several: str | None = None) -> str:
    return f"{number:,} {what if number == 1 else several or f'{what}s'}"


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
