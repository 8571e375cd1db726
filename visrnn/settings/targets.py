"""What a user can ask for by name: every figure, table and page of a study."""

from dataclasses import dataclass

# The endings of the files of each kind. A kind has a folder of its own in the results of a corpus.
ENDINGS = {"figures": ("png", "pdf"), "tables": ("csv", "md", "html"), "pages": ("html",)}
# A folder is a page that lies with its data in a folder of its name, as index.html.
FIGURE, TABLE, PAGE, FOLDER = ("figures",), ("tables",), ("pages",), ("folders",)


@dataclass(frozen=True)
class Target:
    """A figure, table or page, or several of one name: `snakemake --cores all losses`."""

    name: str
    # Which kinds of files it has, of those in ENDINGS.
    kinds: tuple[str, ...]
    # The heading that the report shows it under.
    theme: str
    # What `snakemake --list` and the report say of it.
    description: str
    # Settings of a corpus of which one must not be empty, or the corpus has no such target.
    needs: tuple[str, ...] = ()
    # Whether it is made only where it is asked for by name, since it takes long.
    on_demand: bool = False

    @property
    def files(self) -> list[str]:
        """Its files, from the results of a corpus."""
        if self.kinds == FOLDER:
            return [f"pages/{self.name}/index.html"]
        return [f"{kind}/{self.name}.{end}" for kind in self.kinds for end in ENDINGS[kind]]

    def is_available(self, corpus: dict) -> bool:
        """Whether a corpus has what it needs."""
        return not self.needs or any(corpus[key] for key in self.needs)


TARGETS = (
    Target("summary", PAGE, "Summary", "the study in words and numbers"),
    Target("explorer", FOLDER, "Summary", "a page in which the nets run"),
    Target(
        "table_1",
        TABLE,
        "Losses",
        "test loss of the recurrent nets (the paper's Table 1)",
        ("nets", "trained", "external"),
    ),
    Target(
        "table_2",
        TABLE,
        "Losses",
        "test loss by context characters (the paper's Table 2)",
        ("ngrams", "nnn"),
    ),
    Target(
        "comparisons",
        TABLE,
        "Losses",
        "the best net less every other model, paired over streams",
        ("nets", "nnn", "trained"),
    ),
    Target("losses", FIGURE, "Losses", "tables 1 and 2 as one picture: who wins where"),
    Target(
        "learning_curves",
        FIGURE,
        "Losses",
        "loss of every net, epoch by epoch",
        ("nets", "nnn", "trained"),
    ),
    Target(
        "dynamics",
        FIGURE,
        "Losses",
        "which n-NN a net in training is like (Fig. 5 right)",
        ("dynamics_net",),
    ),
    Target("embedding", FIGURE, "Losses", "how the nets resemble each other", ("nets", "trained")),
    Target("samples", TABLE, "Samples", "text drawn from every net", ("nets", "trained")),
    Target(
        "saturation",
        FIGURE + TABLE,
        "Cells and gates",
        "how often gates are open or shut",
        ("activations",),
    ),
    Target(
        "cells",
        FIGURE,
        "Cells and gates",
        "text coloured by what cells hold (Fig. 2)",
        ("activations",),
    ),
    Target(
        "cell_discovery",
        FIGURE + TABLE,
        "Cells and gates",
        "which cells follow which property of the text",
        ("activations",),
    ),
    Target(
        "error_overlap", FIGURE + TABLE, "Errors", "shared errors (Fig. 4 left)", ("error_overlap",)
    ),
    Target(
        "error_sets",
        FIGURE + TABLE,
        "Errors",
        "errors that the best of all cells share",
        ("error_sets",),
    ),
    Target(
        "character_gap", FIGURE, "Errors", "where two models differ most (Fig. 4 right)", ("rival",)
    ),
    Target(
        "closing_delimiter",
        FIGURE,
        "Errors",
        "closing delimiters by distance (Fig. 5 left)",
        ("rival",),
    ),
    Target(
        "error_peeling",
        FIGURE + TABLE,
        "Errors",
        "errors by what would remove them (Fig. 6)",
        ("model",),
    ),
    Target(
        "error_examples",
        FIGURE + PAGE,
        "Errors",
        "text around errors of each kind (Fig. 6)",
        ("model",),
    ),
    Target(
        "oracle_orders", FIGURE, "Errors", "what other orders of the oracles would give", ("model",)
    ),
    Target(
        "scaling", FIGURE, "Errors", "errors of small and large nets (Fig. 6 bottom)", ("scaling",)
    ),
    Target(
        "cures",
        FIGURE + TABLE,
        "Errors",
        "which errors cures remove, beside the oracles",
        ("cures",),
    ),
    Target(
        "cure_costs",
        FIGURE,
        "Errors",
        "what cures and larger nets cost in time and memory",
        ("cures",),
        on_demand=True,
    ),
    Target(
        "ablation",
        FIGURE + TABLE,
        "Causes",
        "what a net loses without one of its units",
        ("activations",),
        on_demand=True,
    ),
    Target(
        "clamped_text",
        FIGURE,
        "Causes",
        "text as a net reads it with a cell and without it",
        ("activations",),
        on_demand=True,
    ),
    Target(
        "steering",
        FIGURE + TABLE,
        "Causes",
        "text drawn while a cell is held high or low",
        ("activations",),
        on_demand=True,
    ),
    Target(
        "context",
        FIGURE + TABLE,
        "Causes",
        "how far back a net looks",
        ("activations",),
        on_demand=True,
    ),
    Target(
        "connectivity",
        FIGURE,
        "Causes",
        "which of the last characters moved a prediction",
        ("activations",),
        on_demand=True,
    ),
)


def find_target(name: str) -> Target:
    """The target of that name."""
    return next(target for target in TARGETS if target.name == name)
