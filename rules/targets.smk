# Every figure, table and page by its own name, for all corpora: `snakemake --cores all losses`.
ENDINGS = {"figures": ["png", "pdf"], "tables": ["csv", "md", "html"], "pages": ["html"]}
# By theme: kinds, name, which of a corpus's settings must not be empty (a|b: not both), and what
# `snakemake --list` and the report say.
TARGETS = {
    "Summary": [
        ("pages", "summary", [], "the study in words and numbers"),
    ],
    "Losses": [
        (
            "tables",
            "table_1",
            ["nets|predictions"],
            "test loss of the recurrent nets (the paper's Table 1)",
        ),
        (
            "tables",
            "table_2",
            ["ngrams|nnn"],
            "test loss by context characters (the paper's Table 2)",
        ),
        ("figures", "losses", [], "tables 1 and 2 as one picture: who wins where"),
        ("figures", "learning_curves", ["nets|nnn"], "loss of every net, epoch by epoch"),
        (
            "figures",
            "dynamics",
            ["dynamics_net"],
            "which n-NN a net in training is like (Fig. 5 right)",
        ),
        ("figures", "embedding", ["nets"], "how the nets resemble each other"),
    ],
    "Samples": [
        ("tables", "samples", ["nets"], "text drawn from every net"),
    ],
    "Cells and gates": [
        ("figures tables", "saturation", ["activations"], "how often gates are open or shut"),
        ("figures", "cells", ["activations"], "text coloured by what cells hold (Fig. 2)"),
        ("figures tables", "cell_discovery", ["activations"], "which cells tell what of the text"),
    ],
    "Errors": [
        ("figures tables", "error_overlap", ["error_overlap"], "shared errors (Fig. 4 left)"),
        ("figures tables", "error_sets", ["error_sets"], "errors that the best of all cells share"),
        ("figures", "character_gap", ["rival"], "where two models differ most (Fig. 4 right)"),
        ("figures", "closing_delimiter", ["rival"], "closing delimiters by distance (Fig. 5 left)"),
        ("figures tables", "error_peeling", ["model"], "errors by what would remove them (Fig. 6)"),
        ("figures pages", "error_examples", ["model"], "text around errors of each kind (Fig. 6)"),
        ("figures", "oracle_orders", ["model"], "what other orders of the oracles would give"),
        ("figures", "scaling", ["scaling"], "errors of small and large nets (Fig. 6 bottom)"),
    ],
}

for targets in TARGETS.values():
    for target in targets:

        rule:
            name:
                target[1]
            input:
                files_of(target),

        getattr(rules, target[1]).rule.docstring = target[3]
