rule bring_predictions:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        table=lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["predictions"][
            wildcards.outside
        ],
    output:
        card="results/{corpus}/runs/{outside}/card.json",
        predictions="results/{corpus}/runs/{outside}/predictions.parquet",
    log:
        "logs/{corpus}/bring_predictions/{outside}.log",
    benchmark:
        "logs/{corpus}/bring_predictions/{outside}.tsv"
    wildcard_constraints:
        outside="|".join(outside_names()) or "(?!)",
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        code=code("bring_predictions.py"),
    script:
        "../workflow/scripts/bring_predictions.py"
