rule count_right:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        predictions=run_files(
            "predictions.parquet", lambda corpus: SETTINGS["corpora"][corpus]["counting"]
        ),
    output:
        counting="results/{corpus}/analysis/counting.parquet",
    log:
        "logs/{corpus}/count_right.log",
    benchmark:
        "logs/{corpus}/count_right.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        kind=lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["source"]["builtin"],
        code=code("count_right.py"),
    script:
        "../workflow/scripts/count_right.py"
