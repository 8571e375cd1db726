# Every figure and table by its own name, for all corpora: `snakemake --cores all losses`.
ENDINGS = {"figures": ["png", "pdf"], "tables": ["csv", "md"]}
# Kinds, name, which of a corpus's settings must not be empty, and what `snakemake --list` says.
TARGETS = [
    ("tables", "table_1", ["nets"], "test loss of the recurrent nets (the paper's Table 1)"),
    ("tables", "table_2", ["ngrams"], "test loss by context characters (the paper's Table 2)"),
    ("figures", "losses", [], "tables 1 and 2 as one picture: who wins where"),
    ("figures", "learning_curves", ["nets"], "loss of every net, epoch by epoch"),
    ("figures", "embedding", ["nets"], "how the nets resemble each other"),
    ("figures tables", "saturation", ["activations"], "how often gates are open or shut"),
    ("figures", "error_peeling", ["model"], "errors by the oracle that removes them (Fig. 6 left)"),
    ("figures", "oracle_orders", ["model"], "what other orders of the oracles would give"),
    ("figures", "scaling", ["scaling"], "kinds of errors of small and large nets (Fig. 6 bottom)"),
    ("tables", "error_slices", ["model"], "what each oracle takes, beside the paper's slices"),
]

for target in TARGETS:

    rule:
        name:
            target[1]
        input:
            files_of(target),

    workflow.get_rule(target[1]).docstring = target[3]
