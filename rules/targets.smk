# Every figure and table by its own name, for all corpora: `snakemake --cores all losses`.
ENDINGS = {"figures": ["png", "pdf"], "tables": ["csv", "md"]}
# Kinds, name, which of a corpus's settings must not be empty, and what `snakemake --list` says.
TARGETS = [
    ("tables", "table_1", ["nets"], "test loss of the recurrent nets (the paper's Table 1)"),
    ("tables", "table_2", ["ngrams"], "test loss by context characters (the paper's Table 2)"),
    ("figures", "losses", [], "tables 1 and 2 as one picture: who wins where"),
    ("figures", "learning_curves", ["nets"], "loss of every net, epoch by epoch"),
    ("figures tables", "saturation", ["activations"], "how often gates are open or shut"),
]

for target in TARGETS:

    rule:
        name:
            target[1]
        input:
            files_of(target),

    workflow.get_rule(target[1]).docstring = target[3]
