rule measure_losses:
    input:
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json"),
        predictions=run_files("predictions.parquet"),
    output:
        losses="results/{corpus}/analysis/losses.parquet",
    log:
        "logs/{corpus}/measure_losses.log",
    benchmark:
        "logs/{corpus}/measure_losses.tsv"
    resources:
        mem_mb=retry_memory(1500, 10),
        runtime=20,
    params:
        runs=lambda wildcards: all_runs(wildcards.corpus),
        paper=corpus_setting("paper"),
        recipe=corpus_setting("recipe"),
        code=code("measure_losses.py"),
    script:
        "../workflow/scripts/measure_losses.py"


rule gather_learning_curves:
    input:
        histories=net_files("history.parquet"),
    output:
        curves="results/{corpus}/analysis/learning_curves.parquet",
    log:
        "logs/{corpus}/gather_learning_curves.log",
    benchmark:
        "logs/{corpus}/gather_learning_curves.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        runs=lambda wildcards: net_names(SETTINGS["corpora"][wildcards.corpus]),
        code=code("gather_learning_curves.py"),
    script:
        "../workflow/scripts/gather_learning_curves.py"


rule write_table_1:
    input:
        losses="results/{corpus}/analysis/losses.parquet",
    output:
        csv="results/{corpus}/tables/table_1.csv",
        markdown="results/{corpus}/tables/table_1.md",
        html=shown("results/{corpus}/tables/table_1.html"),
    log:
        "logs/{corpus}/write_table_1.log",
    benchmark:
        "logs/{corpus}/write_table_1.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_table.py"),
    script:
        "../workflow/scripts/write_table.py"


use rule write_table_1 as write_table_2 with:
    output:
        csv="results/{corpus}/tables/table_2.csv",
        markdown="results/{corpus}/tables/table_2.md",
        html=shown("results/{corpus}/tables/table_2.html"),
    log:
        "logs/{corpus}/write_table_2.log",
    benchmark:
        "logs/{corpus}/write_table_2.tsv"
