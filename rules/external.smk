rule import_external:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        table=external_table("test"),
        validation=lambda wildcards: [
            table for table in [external_table("validation")(wildcards)] if table
        ],
    output:
        card="results/{corpus}/runs/{external}/card.json",
        predictions="results/{corpus}/runs/{external}/predictions.parquet",
    log:
        "logs/{corpus}/import_external/{external}.log",
    benchmark:
        "logs/{corpus}/import_external/{external}.tsv"
    wildcard_constraints:
        external="|".join(external_names()) or "(?!)",
    resources:
        mem_mb=retry_memory(1500, 30),
        runtime=10,
    params:
        code=code("import_external.py"),
    script:
        "../workflow/scripts/import_external.py"


# Of a model that has predictions of the validation text too.
rule import_validation:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        table=external_table("validation"),
    output:
        validation="results/{corpus}/runs/{external}/validation.parquet",
    log:
        "logs/{corpus}/import_validation/{external}.log",
    benchmark:
        "logs/{corpus}/import_validation/{external}.tsv"
    wildcard_constraints:
        external="|".join(external_names()) or "(?!)",
    resources:
        mem_mb=retry_memory(1500, 30),
        runtime=10,
    params:
        code=code("import_validation.py"),
    script:
        "../workflow/scripts/import_validation.py"
