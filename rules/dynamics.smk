rule study_dynamics:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", window_nets),
        weights=run_files("weights.safetensors", window_nets),
    output:
        dynamics="results/{corpus}/analysis/dynamics.parquet",
    log:
        "logs/{corpus}/study_dynamics.log",
    benchmark:
        "logs/{corpus}/study_dynamics.tsv"
    priority: 10_000
    resources:
        mem_mb=retry_memory(3500, 100),
        runtime=4 * 60,
        gpu_share=gpu_share,
    params:
        net=corpus_setting("dynamics_net"),
        recipe=lambda wildcards: recipe_of(
            SETTINGS["corpora"][wildcards.corpus]["dynamics_net"],
            SETTINGS["corpora"][wildcards.corpus],
            SETTINGS["recipes"],
        ),
        like=corpus_setting("nnn_like"),
        dynamics=corpus_setting("dynamics"),
        device=SETTINGS["device"],
        code=code("study_dynamics.py"),
    script:
        "../workflow/scripts/study_dynamics.py"
