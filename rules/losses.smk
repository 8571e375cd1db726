rule measure_losses:
    input:
        manifest="results/{corpus}/corpus/manifest.json",
        cards=of_runs("card.json"),
        predictions=of_runs("predictions.parquet"),
    output:
        losses="results/{corpus}/analysis/losses.parquet",
    log:
        "logs/{corpus}/measure_losses.log",
    benchmark:
        "logs/{corpus}/measure_losses.tsv"
    resources:
        mem_mb=growing(2000),
        runtime=20,
    params:
        runs=lambda wildcards: all_runs(wildcards.corpus),
        paper=of_corpus("paper"),
        recipe=of_corpus("recipe"),
        code=code("measure_losses.py"),
    script:
        "../workflow/scripts/measure_losses.py"


rule gather_learning_curves:
    input:
        histories=of_nets("history.parquet"),
    output:
        curves="results/{corpus}/analysis/learning_curves.parquet",
    log:
        "logs/{corpus}/gather_learning_curves.log",
    benchmark:
        "logs/{corpus}/gather_learning_curves.tsv"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        runs=lambda wildcards: net_names(SETTINGS["corpora"][wildcards.corpus]),
        code=code("gather_learning_curves.py"),
    script:
        "../workflow/scripts/gather_learning_curves.py"


rule write_tables:
    input:
        losses="results/{corpus}/analysis/losses.parquet",
    output:
        tables=expand(
            "results/{{corpus}}/tables/{name}.{kind}",
            name=["table_1", "table_2"],
            kind=["csv", "md"],
        ),
        table_1=shown("results/{corpus}/tables/table_1.html"),
        table_2=shown("results/{corpus}/tables/table_2.html"),
    log:
        "logs/{corpus}/write_tables.log",
    benchmark:
        "logs/{corpus}/write_tables.tsv"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        code=code("write_tables.py"),
    script:
        "../workflow/scripts/write_tables.py"


rule plot_learning_curves:
    input:
        data="results/{corpus}/analysis/learning_curves.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/learning_curves.png"),
        pdf="results/{corpus}/figures/learning_curves.pdf",
    log:
        "logs/{corpus}/plot_learning_curves.log",
    benchmark:
        "logs/{corpus}/plot_learning_curves.tsv"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        code=code("plot_learning_curves.py"),
    script:
        "../workflow/scripts/plot_learning_curves.py"


rule plot_losses:
    input:
        data="results/{corpus}/analysis/losses.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/losses.png"),
        pdf="results/{corpus}/figures/losses.pdf",
    log:
        "logs/{corpus}/plot_losses.log",
    benchmark:
        "logs/{corpus}/plot_losses.tsv"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        code=code("plot_losses.py"),
    script:
        "../workflow/scripts/plot_losses.py"
