rule study_growth:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=of_runs("card.json", window_nets),
        weights=of_runs("weights.safetensors", window_nets),
    output:
        growth="results/{corpus}/analysis/dynamics.parquet",
    log:
        "logs/{corpus}/study_growth.log",
    benchmark:
        "logs/{corpus}/study_growth.tsv"
    priority: 10_000
    resources:
        mem_mb=growing(4000),
        runtime=4 * 60,
        gpu_share=gpu_share,
    params:
        net=of_corpus("growing"),
        recipe=lambda wildcards: recipe_of(
            SETTINGS["corpora"][wildcards.corpus]["growing"],
            SETTINGS["corpora"][wildcards.corpus],
            SETTINGS["recipes"],
        ),
        like=of_corpus("nnn_like"),
        dynamics=of_corpus("dynamics"),
        device=SETTINGS["device"],
        code=code("study_growth.py"),
    script:
        "../workflow/scripts/study_growth.py"


rule plot_dynamics:
    input:
        data="results/{corpus}/analysis/dynamics.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/dynamics.png"),
        pdf="results/{corpus}/figures/dynamics.pdf",
    log:
        "logs/{corpus}/plot_dynamics.log",
    benchmark:
        "logs/{corpus}/plot_dynamics.tsv"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        code=code("plot_dynamics.py"),
    script:
        "../workflow/scripts/plot_dynamics.py"
