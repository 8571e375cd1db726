rule import_external:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        table=lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["external"][
            wildcards.external
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
        mem_mb=retry_memory(2000),
        runtime=10,
    params:
        code=code("import_external.py"),
    script:
        "../workflow/scripts/import_external.py"
