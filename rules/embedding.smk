rule embed_models:
    input:
        predictions=run_files("predictions.parquet"),
    output:
        embedding="results/{corpus}/analysis/embedding.parquet",
    log:
        "logs/{corpus}/embed_models.log",
    benchmark:
        "logs/{corpus}/embed_models.tsv"
    resources:
        mem_mb=retry_memory(1500, 30),
        runtime=20,
    params:
        runs=lambda wildcards: all_runs(wildcards.corpus),
        code=code("embed_models.py"),
    script:
        "../workflow/scripts/embed_models.py"
