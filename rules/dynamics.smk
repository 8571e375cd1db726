rule study_dynamics:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card=dynamics_file("card.json"),
        weights=dynamics_file("weights.safetensors"),
        snapshots=dynamics_file("snapshots.safetensors"),
        cards=run_files("card.json", window_nets),
        window_weights=run_files("weights.safetensors", window_nets),
    output:
        dynamics="results/{corpus}/analysis/dynamics.parquet",
    log:
        "logs/{corpus}/study_dynamics.log",
    benchmark:
        "logs/{corpus}/study_dynamics.tsv"
    resources:
        mem_mb=retry_memory(3500, 100),
        runtime=60,
        gpu_share=gpu_share,
    params:
        characters=lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["dynamics"]["characters"],
        device=SETTINGS["device"],
        code=code("study_dynamics.py"),
    script:
        "../workflow/scripts/study_dynamics.py"
