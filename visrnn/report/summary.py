"""What came out of a study, in words and numbers: the first page of the report."""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from visrnn.cells.discovery import LEVEL, best_layers
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
    slices: pd.DataFrame | None = None,
    overlap: pd.DataFrame | None = None,
    discovery: pd.DataFrame | None = None,
    claims: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
) -> list[Section]:
    """The story of one corpus, from its text to how its nets were made.

    manifest, cards: of the corpus and of all its runs. losses: as
    visrnn.predictions.losses.measure_losses. The other tables are error_slices, and those of
    error_overlap, cell_discovery, saturation (what visrnn.cells.saturation_claims.check_claims
    gives) and dynamics; None where the study has no such thing.
    """
    sections = [text_section(manifest), losses_section(manifest, cards, losses)]
    if slices is not None:
        sections.append(errors_section(slices, overlap))
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


def errors_section(slices: pd.DataFrame, overlap: pd.DataFrame | None) -> Section:
    """How many errors the net makes, and what each oracle takes of them in its turn.

    slices: as visrnn.errors.peeling.slice_table, with the number of test characters.
    """
    net, seeds, characters = (slices[name].iloc[0] for name in ("net", "seeds", "characters"))
    by_kind = dict(iter(slices.groupby("kind", sort=False)))
    whole = by_kind["all"].iloc[0]
    errors = whole["errors"]
    what = f"{net} (mean of {seeds} seeds)" if seeds > 1 else f"{net} (one seed)"
    sentences = [
        f"{what} gives less than half of the probability to what comes in {errors:,.0f} of "
        f"{characters:,} places ({errors / characters:.1%}): these are its errors."
    ]
    # Half of the probability added to any makes every error right.
    oracles = by_kind["oracle"]
    oracles = oracles[oracles["name"] != ORACLES["boost"].label]
    if errors and len(oracles):
        together = by_kind["together"].iloc[0]
        # Of equals the last by name.
        ordered = oracles.sort_values(["share", "name"], ascending=False)
        most = ordered.iloc[0]
        sentences.append(
            f"Taken one after the other, all oracles except boost remove {_share(together)} of "
            f"them; in its turn {most['name']} takes the most, {_share(most)}."
        )
        sentences += _floor(by_kind, seeds)
        dearest = oracles.sort_values(["nats_share", "name"], ascending=False).iloc[0]
        sentences.append(
            f"An error says nothing of how wrong it is. Counted in nats, the errors hold "
            f"{_share(whole, 'nats_')} of all the loss, and the rest lies on characters that are "
            f"called right; {most['name']} takes {_share(most, 'nats_')} of the loss"
            + (
                ", again the most."
                if dearest["name"] == most["name"]
                else f", and {dearest['name']} the most, {_share(dearest, 'nats_')}."
            )
        )
        sentences.append(
            "Brackets are 95% intervals, by streams of the test text"
            + (
                " and seeds."
                if seeds > 1
                else "; they are of this very net on new text, as one seed says nothing of others."
            )
        )
    if overlap is not None:
        runs = list(overlap.columns[: overlap.columns.get_loc("characters")])
        wrong = overlap[runs].sum(axis=1)
        shares = [
            _share(row.iloc[0]) if len(row) else "none"
            for row in (overlap[wrong == len(runs)], overlap[wrong == 0])
        ]
        sentences.append(
            f"{', '.join(runs[:-1])} and {runs[-1]} all err in {shares[0]} of the places and are "
            f"all right in {shares[1]}."
        )
    table = pd.concat([by_kind[kind] for kind in ("oracle", "rest") if kind in by_kind])
    table = table.assign(
        errors=table["errors"].astype("float64").round().astype("int64"),
        percent=100 * table["share"],
        percent_low=100 * table["low"],
        percent_high=100 * table["high"],
        of_the_loss=100 * table["nats_share"],
    ).rename(columns={"name": "oracle"})
    columns = ["oracle", "errors", "percent", "percent_low", "percent_high", "of_the_loss"]
    return Section("Where it errs", sentences, table[columns].reset_index(drop=True))


def _floor(by_kind: Mapping[str, pd.DataFrame], seeds: int) -> list[str]:
    """What other models alone take: another seed, and the longest of the n-grams."""
    sentences = [
        "How many of them another seed of the net would remove, which is the least that means "
        "anything, is not known, as there is one seed."
    ]
    if seeds > 1:
        floor = by_kind["seed"].iloc[0]
        sentences = [
            f"Another seed of the same net, which knows no more, removes {_share(floor)} of them: "
            f"less than that is no finding."
        ]
    if "model" in by_kind:
        models = by_kind["model"].to_dict("records")
        longest = max(models, key=lambda row: int(row["name"].split("-")[1]))
        also = "; the n-grams together remove more, as any of them may be right"
        sentences.append(
            f"{longest['name']} alone removes {_share(longest)}{also * (len(models) > 1)}."
        )
    return sentences


def _share(row: Mapping, prefix: str = "") -> str:
    """A share with its interval, where it has one."""
    share, low, high = row[f"{prefix}share"], row[f"{prefix}low"], row[f"{prefix}high"]
    if pd.isna(low):
        return f"{share:.1%}"
    return f"{share:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def cells_section(discovery: pd.DataFrame, claims: pd.DataFrame | None) -> Section:
    """The surest cell for each property of the text, and how binary the gates are."""
    title, best = "What cells have learned", best_layers(discovery)
    if best.empty:
        return Section(
            title, ["No property varies enough in the text that was recorded to be looked for."]
        )
    confirmed = best[best["p"] < LEVEL].drop_duplicates("property")
    number = best["property"].nunique()
    what = "property of the text was" if number == 1 else "properties of the text were"
    sentences = [
        f"{number} {what} looked for in {_list(best['run'].unique())}. For {len(confirmed)} of "
        f"them a cell was found that tells them, and confirmed on other text (p < {LEVEL:g}, "
        f"corrected for the number of units tried)."
    ]
    if claims is not None:
        checked = claims[claims["holds"].isin(["yes", "no"])]
        sentences.append(
            f"Of what the paper says about how gates are saturated, "
            f"{(checked['holds'] == 'yes').sum()} of {_count(len(checked), 'statement')} hold for "
            f"these nets."
        )
    columns = ["property", "run", "layer", "unit", "score", "test", "p"]
    return Section(title, sentences, None if confirmed.empty else confirmed[columns])


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


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
