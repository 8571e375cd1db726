rule peel_errors:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", peeled_runs),
        predictions=run_files("predictions.parquet", peeled_runs),
    output:
        peeling="results/{corpus}/analysis/error_peeling.parquet",
        slices="results/{corpus}/analysis/error_slices.parquet",
        orders="results/{corpus}/analysis/oracle_orders.parquet",
        scaling="results/{corpus}/analysis/scaling.parquet",
    log:
        "logs/{corpus}/peel_errors.log",
    benchmark:
        "logs/{corpus}/peel_errors.tsv"
    resources:
        mem_mb=retry_memory(3500, 60),
        runtime=30,
    params:
        runs=lambda wildcards: peeled_runs(wildcards.corpus),
        model=corpus_setting("model"),
        scaling=corpus_setting("scaling"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        code=code("peel_errors.py"),
    script:
        "../workflow/scripts/peel_errors.py"


rule write_error_peeling:
    input:
        slices="results/{corpus}/analysis/error_slices.parquet",
        orders="results/{corpus}/analysis/oracle_orders.parquet",
    output:
        csv="results/{corpus}/tables/error_peeling.csv",
        md="results/{corpus}/tables/error_peeling.md",
        html=shown("results/{corpus}/tables/error_peeling.html"),
    log:
        "logs/{corpus}/write_error_peeling.log",
    benchmark:
        "logs/{corpus}/write_error_peeling.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        paper=corpus_setting("paper"),
        code=code("write_error_peeling.py"),
    script:
        "../workflow/scripts/write_error_peeling.py"


rule choose_error_examples:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", peeled_runs),
        predictions=run_files("predictions.parquet", peeled_runs),
    output:
        examples="results/{corpus}/analysis/error_examples.parquet",
    log:
        "logs/{corpus}/choose_error_examples.log",
    benchmark:
        "logs/{corpus}/choose_error_examples.tsv"
    resources:
        mem_mb=retry_memory(3500, 60),
        runtime=30,
    params:
        runs=lambda wildcards: peeled_runs(wildcards.corpus),
        model=corpus_setting("model"),
        examples=corpus_setting("error_examples"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        code=code("choose_error_examples.py"),
    script:
        "../workflow/scripts/choose_error_examples.py"


rule plot_error_examples:
    input:
        data="results/{corpus}/analysis/error_examples.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/error_examples.png"),
        pdf="results/{corpus}/figures/error_examples.pdf",
        html=shown("results/{corpus}/pages/error_examples.html"),
    log:
        "logs/{corpus}/plot_error_examples.log",
    benchmark:
        "logs/{corpus}/plot_error_examples.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_error_examples.py"),
    script:
        "../workflow/scripts/plot_error_examples.py"
