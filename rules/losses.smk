rule measure_losses:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", scored_runs),
        predictions=run_files("predictions.parquet", scored_runs),
    output:
        losses="results/{corpus}/analysis/losses.parquet",
        nets="results/{corpus}/analysis/net_losses.parquet",
        comparisons="results/{corpus}/analysis/comparisons.parquet",
        copied="results/{corpus}/analysis/copied.parquet",
    log:
        "logs/{corpus}/measure_losses.log",
    benchmark:
        "logs/{corpus}/measure_losses.tsv"
    resources:
        mem_mb=retry_memory(1500, 50),
        runtime=20,
    params:
        runs=lambda wildcards: scored_runs(wildcards.corpus),
        paper=corpus_setting("paper"),
        recipe=corpus_setting("recipe"),
        code=code("measure_losses.py"),
    script:
        "../workflow/scripts/measure_losses.py"


rule plot_losses:
    input:
        nets="results/{corpus}/analysis/net_losses.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/losses.png"),
        pdf="results/{corpus}/figures/losses.pdf",
    log:
        "logs/{corpus}/plot_losses.log",
    benchmark:
        "logs/{corpus}/plot_losses.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_losses.py"),
    script:
        "../workflow/scripts/plot_losses.py"


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
        data="results/{corpus}/analysis/net_losses.parquet",
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


use rule write_table_1 as write_comparisons with:
    input:
        data="results/{corpus}/analysis/comparisons.parquet",
    output:
        csv="results/{corpus}/tables/comparisons.csv",
        markdown="results/{corpus}/tables/comparisons.md",
        html=shown("results/{corpus}/tables/comparisons.html"),
    log:
        "logs/{corpus}/write_comparisons.log",
    benchmark:
        "logs/{corpus}/write_comparisons.tsv"
