# Every figure and table by its own name, for all corpora: `snakemake --cores all losses`.
ENDINGS = {"figures": ["png", "pdf"], "tables": ["csv", "md"]}
# Kinds, name, which of a corpus's settings must not be empty, and what `snakemake --list` says.
TARGETS = [
    ("tables", "table_1", ["nets"], "test loss of the recurrent nets (the paper's Table 1)"),
    ("tables", "table_2", ["ngrams"], "test loss by context characters (the paper's Table 2)"),
    ("tables", "samples", ["nets"], "text drawn from every net"),
    ("figures", "losses", [], "tables 1 and 2 as one picture: who wins where"),
    ("figures", "learning_curves", ["nets"], "loss of every net, epoch by epoch"),
    ("figures", "embedding", ["nets"], "how the nets resemble each other"),
    ("figures tables", "saturation", ["activations"], "how often gates are open or shut"),
    ("figures", "cells", ["activations"], "text coloured by what cells hold (Fig. 2)"),
    ("figures tables", "cell_discovery", ["activations"], "which cells tell what of the text"),
    ("figures tables", "error_overlap", ["error_overlap"], "shared errors (Fig. 4 left)"),
    ("figures tables", "error_sets", ["error_sets"], "errors that the best of all cells share"),
    ("figures", "character_gap", ["rival"], "where two models differ most (Fig. 4 right)"),
    ("figures", "closing_delimiter", ["rival"], "closing delimiters by distance (Fig. 5 left)"),
    ("figures", "dynamics", ["growing"], "which n-NN a growing net is like (Fig. 5 right)"),
    ("figures tables", "error_peeling", ["model"], "errors by what would remove them (Fig. 6)"),
    ("figures", "error_examples", ["model"], "test text around errors of each kind (Fig. 6)"),
    ("figures", "oracle_orders", ["model"], "what other orders of the oracles would give"),
    ("figures", "scaling", ["scaling"], "kinds of errors of small and large nets (Fig. 6 bottom)"),
]

for target in TARGETS:

    rule:
        name:
            target[1]
        input:
            files_of(target),

    getattr(rules, target[1]).rule.docstring = target[3]
