# Every figure, table and page by its own name, for all corpora: `snakemake --cores all losses`.
for target in TARGETS:

    rule:
        name:
            target.name
        input:
            target_files(target),

    getattr(rules, target.name).rule.docstring = target.description


if REPORTS and not any(map(target_files, TARGETS)):
    raise WorkflowError("there is nothing to report yet: run the study first")
