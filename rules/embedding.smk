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
        mem_mb=retry_memory(2000),
        runtime=20,
    params:
        runs=lambda wildcards: all_runs(wildcards.corpus),
        code=code("embed_models.py"),
    script:
        "../workflow/scripts/embed_models.py"


rule plot_embedding:
    input:
        data="results/{corpus}/analysis/embedding.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/embedding.png"),
        pdf="results/{corpus}/figures/embedding.pdf",
    log:
        "logs/{corpus}/plot_embedding.log",
    benchmark:
        "logs/{corpus}/plot_embedding.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_embedding.py"),
    script:
        "../workflow/scripts/plot_embedding.py"
