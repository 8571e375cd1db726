# Every figure, table and page by its own name, for all corpora: `snakemake --cores all losses`.
for target in TARGETS:

    rule:
        name:
            target.name
        input:
            target_files(target),

    getattr(rules, target.name).rule.docstring = target.description


# What nets show that were brought waits for no training.
if workflow.modifier.is_main_snakefile() and any(
    corpus["trained"] for corpus in SETTINGS["corpora"].values()
):
    for rule_ in workflow.rules:
        if rule_.name not in ("train_net", "train_candidate"):
            rule_.priority += EARLY


if REPORTS and not any(map(target_files, TARGETS)):
    raise WorkflowError("there is nothing to report yet: run the study first")
