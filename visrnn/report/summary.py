"""What came out of a study, in words and numbers: the first page of the report."""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from visrnn.cells.discovery import LEVEL, best_cells
from visrnn.cells.max_t import describe_p
from visrnn.predictions.advice import advise
from visrnn.predictions.cards import Card, NetCard
from visrnn.predictions.copied import CONTEXT
from visrnn.predictions.losses import CURED, TRAINED, best_of
from visrnn.report.cures import cures_section
from visrnn.report.html import Section
from visrnn.report.summary_errors import errors_section
from visrnn.settings.names import MODELS, net_of
from visrnn.settings.split import PARTS, describe_shares


def summarise(
    manifest: Mapping,
    cards: list[Card],
    nets: pd.DataFrame,
    comparisons: pd.DataFrame,
    *,
    slices: pd.DataFrame | None = None,
    overlap: pd.DataFrame | None = None,
    cures: pd.DataFrame | None = None,
    discovery: pd.DataFrame | None = None,
    claims: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
    curves: pd.DataFrame | None = None,
) -> list[Section]:
    """The story of one corpus, from who predicts best to how the nets were made.

    manifest, cards: of the corpus and of all its runs. nets, comparisons: as visrnn.predictions
    .losses.NETS and COMPARISONS. The other tables are error_slices and those of error_overlap,
    cures, cell_discovery, saturation_claims, dynamics and learning_curves; None where the study has
    no such thing.
    """
    copied = float(nets["copied_share"].iloc[0])
    sections = [losses_section(manifest, nets, comparisons)]
    sections.append(text_section(manifest, copied))
    if slices is not None:
        sections.append(errors_section(slices, overlap))
    if cures is not None:
        sections.append(cures_section(cures))
    if discovery is not None:
        sections.append(cells_section(discovery, claims))
    if dynamics is not None and len(dynamics):
        sections.append(dynamics_section(dynamics))
    if curves is not None:
        sections.append(curves_section(curves))
    return [*sections, making_section(cards, nets)]


def text_section(manifest: Mapping, copied: float) -> Section:
    """Where the text comes from, how long it is, how it was cut and what share is copied."""
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
            f"Of the test text {copied:.1%} is copied: with the {CONTEXT} {unit}s before it, it "
            f"stands in the training text too.",
            f"Uniform guessing has a loss of {uniform:.3f} nats a {unit}.",
        ],
    )


def losses_section(manifest: Mapping, nets: pd.DataFrame, comparisons: pd.DataFrame) -> Section:
    """Who predicts best, outside of copied text and in all; all is chosen on the validation text.

    External models are of no one kind: the table has all of them.
    """
    unit, trained = manifest["unit"], nets["cell"].isin(TRAINED)
    net, ngram = best_of(nets, TRAINED), best_of(nets, ["ngram"])
    sentences = []
    if net is not None and ngram is not None:
        ours = comparisons[comparisons["second"] == ngram["net"]].set_index("text")
        sentences += _winner(net, ngram, ours, unit) + _mixed(nets, comparisons, ngram, unit)
    for best, what, count in (
        (net, "net", trained.sum()),
        (ngram, "n-gram", (nets["cell"] == "ngram").sum()),
    ):
        if best is not None:
            sentences.append(f"{best['net']}, {_best(count, what)}, has {_loss(best, unit)}.")
    if net is not None:
        sentences += _rivals(net, comparisons, nets[trained])
    differences = (nets["loss"] - nets["paper"]).dropna()
    if len(differences):
        sentences.append(
            f"The paper gives a loss for {len(differences)} of these models; ours is lower for "
            f"{(differences < 0).sum()}, and {differences.mean():+.4f} nats away in the mean."
        )
    chosen = [best_of(nets, [cell]) for cell in MODELS]
    shown = [row["net"] for row in chosen if row is not None]
    rows = nets[nets["net"].isin(shown) | (nets["cell"] == "external")]
    table = rows.sort_values("loss", kind="stable").assign(
        perplexity=lambda table: table["loss"].map(math.exp)
    )
    columns = ["net", "parameters", "loss", "low", "high", "elsewhere", "bits", "perplexity"]
    table = table[columns].rename(columns={"net": "best of its kind"})
    figures = ("losses", "embedding")
    return Section("Who predicts best", sentences, table.reset_index(drop=True), figures)


def _winner(net: pd.Series, ngram: pd.Series, ours: pd.DataFrame, unit: str) -> list[str]:
    """Whether the best net or the best n-gram predicts better, outside of copied text first.

    ours: their comparisons, by text.
    """

    def compared(text: str, column: str) -> str:
        row, (first, second) = ours.loc[text], (net, ngram)
        if row["verdict"] == "higher":
            first, second = ngram, net
        verdict = (
            f"it is undecided whether {first['net']} or {second['net']} predicts better"
            if row["verdict"] == "undecided"
            else f"{first['net']} predicts better than {second['net']}"
        )
        return (
            f"{verdict}: {first[column]:.4f} against {second[column]:.4f} nats a {unit}; "
            f"{net['net']} less {ngram['net']} is {row['difference']:+.4f}"
            f"{_interval(row['low'], row['high'], '+')}, paired over streams"
        )

    share = net["copied_share"]
    if pd.isna(ours.loc["elsewhere", "low"]) or pd.isna(ours.loc["copied", "low"]):
        return [f"In the test text {compared('all', 'loss')}."]
    return [
        f"Outside of copied text, in {1 - share:.1%} of the test text, "
        f"{compared('elsewhere', 'elsewhere')}.",
        f"In all of the test text {compared('all', 'loss')}. In the {share:.1%} that are copied, "
        f"{net['net']} has {net['copied']:.4f} and {ngram['net']} {ngram['copied']:.4f}.",
    ]


def _mixed(nets: pd.DataFrame, comparisons: pd.DataFrame, ngram: pd.Series, unit: str) -> list[str]:
    """What cures that have n-grams in them gain over the net and over the best n-gram."""
    losses = nets.set_index("net")["loss"]
    pairs = comparisons[(comparisons["text"] == CURED) & (comparisons["second"] == ngram["net"])]
    sentences = []
    for pair in pairs.itertuples():
        loss, base = losses[pair.first], pair.first.partition("+")[0]
        sentences.append(
            f"The two mixed ({pair.first}), with weights that were fitted on the validation text, "
            f"have {loss:.4f} nats a {unit}: {loss - losses[base]:+.4f} from {base} and "
            f"{pair.difference:+.4f}{_interval(pair.low, pair.high, '+')} from {ngram['net']}."
        )
    return sentences


def _rivals(net: pd.Series, comparisons: pd.DataFrame, nets: pd.DataFrame) -> list[str]:
    """How the best net does against the other nets, and whose intervals these are."""
    pairs = comparisons[(comparisons["text"] == "all") & comparisons["second"].isin(nets["net"])]
    sentences = []
    undecided = pairs[pairs["verdict"] == "undecided"]
    higher = pairs["second"][pairs["verdict"] == "higher"]
    if len(pairs) == 1:
        verdict, other = pairs.iloc[0][["verdict", "second"]]
        how = {"lower": "has a lower loss than", "higher": "has a higher loss than"}
        sentences.append(f"{net['net']} {how.get(verdict, 'is undecided against')} {other}.")
    elif len(pairs):
        parts = [f"has a lower loss than {(pairs['verdict'] == 'lower').sum()}"]
        if len(higher):
            parts.append(f"has a higher one than {_list(higher)}")
        if len(undecided):
            parts.append(f"is undecided against {_list(undecided['second'])}")
        sentences.append(
            f"Of the {_count(len(pairs), 'other net')} {net['net']} {_list(parts)}, by Holm's "
            f"correction."
        )
    needed = undecided["seeds_needed"].dropna()
    if len(needed):
        nearest = undecided.loc[needed.index[0]]
        sentences.append(
            f"{needed.iloc[0]} seeds of each would decide between {net['net']} and "
            f"{nearest['second']}."
        )
    several = nets["seeds"].map(len).max()
    if several > 1:
        sentences.append(f"Nets are means of {several} seeds, which have their part in intervals.")
    elif len(pairs):
        sentences.append(
            "With one seed these intervals are of the trained nets on new text: which cell or size "
            "is better is undecided."
        )
    return sentences


def cells_section(discovery: pd.DataFrame, claims: pd.DataFrame | None) -> Section:
    """For which properties of the text a cell was found, and how binary the gates are."""
    title = "What cells have learned"
    if discovery.empty:
        return Section(
            title,
            ["No property varies enough in the text that was recorded to be looked for."],
            figures=("saturation",),
        )
    best = best_cells(discovery)
    found = best[best["found"].astype(bool)].reset_index(drop=True)
    nets = _list(discovery["net"].unique())
    sentences = [
        f"{_count(len(best), 'property', 'properties')} of the text "
        f"{'was' if len(best) == 1 else 'were'} looked for in {nets}. For {len(found)} of them a "
        f"cell was found: it is stronger than every unit of nets with random weights (p < "
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
    figures = ("cells", "cell_discovery", "saturation")
    about = dict.fromkeys(range(1, len(sentences)), figures[2:]) | {0: figures[:2]}
    return Section(title, sentences, found[columns] if len(found) else None, figures, about)


def dynamics_section(dynamics: pd.DataFrame) -> Section:
    """Which n-NN a net is most like, from its first steps on."""
    ordered = dynamics.sort_values(["step", "n"], ignore_index=True)
    run = ordered["run"].iloc[0]
    if ordered["n"].nunique() == 1:
        least = ordered.loc[ordered["divergence"].idxmin()]
        return Section(
            "Training dynamics",
            [
                f"In its training {run} comes nearest to the {least['n']}-NN, the only n-NN, at "
                f"epoch {least['epoch']:.2g}, with a divergence of {least['divergence']:.2f} nats."
            ],
            figures=("dynamics",),
        )
    nearest = ordered.loc[ordered.groupby("step")["divergence"].idxmin()]
    # The last point of each row of points that have the same nearest n-NN.
    stages = nearest[nearest["n"] != nearest["n"].shift(-1, fill_value=0)]
    steps = ", then ".join(
        f"the {stage.n}-NN up to epoch {stage.epoch:.2g}" for stage in stages.itertuples()
    )
    sentence = f"In its training {run} is most like {steps}."
    return Section("Training dynamics", [sentence], figures=("dynamics",))


def curves_section(curves: pd.DataFrame) -> Section:
    """What each learning curve says, and what would help. curves: run, and a row an epoch.

    A net that was brought without its history has one row, and is left out.
    """
    runs: dict[str, list[str]] = {}
    for run, history in curves.groupby("run", sort=False):
        if len(history) > 1:
            runs.setdefault(advise(history), []).append(str(run))
    sentences = [
        f"{_list(names)}: {said}{'.' if len(names) == 1 else ' (each of them).'}"
        for said, names in runs.items()
    ]
    sentences = sentences or ["No net has a history of several epochs."]
    return Section("Learning curves", sentences, figures=("learning_curves",))


def making_section(cards: list[Card], losses: pd.DataFrame) -> Section:
    """What the nets were trained with, as their cards say. losses: a row a net, with its recipe."""
    names = losses.set_index("net")["recipe"]
    recipes: dict[str, list[NetCard]] = {}
    versions: dict[str, set[str]] = {}
    for card in cards:
        if card.trained and not card.source:
            recipes.setdefault(names[net_of(card.run)], []).append(card)
        for name, version in getattr(card, "versions", {}).items():
            versions.setdefault(name, set()).add(version)
    sentences = []
    for name, nets in recipes.items():
        recipe, devices = nets[0].recipe, sorted({card.device for card in nets})
        base = recipe.base_size
        less = f" (less for recurrent nets of more than {base} units)" if base else ""
        share = f", on {recipe.share:.4g} of the training text" if recipe.share < 1 else ""
        count = len({net_of(card.run) for card in nets})
        seeds = f", each with {len(nets) // count} seeds," if len(nets) > count else ""
        sentences.append(
            f"{_count(count, 'net')} trained{seeds} with the recipe {name} on {_list(devices)}: "
            f"{_count(recipe.epochs, 'epoch')}, {recipe.optimizer} with a learning rate of "
            f"{recipe.learning_rate:g}{less}, {recipe.batch} streams of {recipe.sequence} "
            f"characters a step{share}."
        )
    for card in cards:
        if card.trained and card.source:
            doubt = ", on another text or split: it may have read this test text"
            sentences.append(
                f"{card.run} was brought from {card.source}, trained for "
                f"{_count(card.recipe.epochs, 'epoch')}{doubt * bool(card.may_have_read_test)}."
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
        kind = {"python-prose": "English", "python-stdlib": "code"}.get(source["builtin"])
        if kind is None:
            return f"a rule that writes {source['builtin']} (docs/causes.md)"
        return f"the {kind} in the library of {name} {version}"
    if "url" in source:
        return source["found"]["mirror"]
    return f"the file {source['file']}" if "file" in source else f"the files of {source['tree']}"


def _loss(row: Mapping, unit: str) -> str:
    return (
        f"a loss of {row['loss']:.4f}{_interval(row['low'], row['high'])} nats a {unit} "
        f"({row['bits']:.3f} bits, perplexity {math.exp(row['loss']):.2f})"
    )


def _interval(low: float, high: float, sign: str = "") -> str:
    """A 95% interval behind its number; nothing where the text is too short for one."""
    return "" if pd.isna(low) else f" [{low:{sign}.4f}, {high:{sign}.4f}]"


def _best(number: int, what: str) -> str:
    if number == 1:
        return f"the only {what}"
    return f"the best of {number:,} {what}s on the validation text"


def _count(number: int, what: str, several: str | None = None) -> str:
    return f"{number:,} {what if number == 1 else several or f'{what}s'}"


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
