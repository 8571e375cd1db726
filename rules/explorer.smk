rule write_explorer:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        properties="results/{corpus}/corpus/properties.parquet",
        cards=run_files("card.json", scored_runs),
        predictions=run_files("predictions.parquet", scored_runs),
        weights=net_files("weights.safetensors"),
        discovery=target_data("cell_discovery"),
        ablation=made("ablation"),
    output:
        html="results/{corpus}/pages/explorer/index.html",
        data=directory("results/{corpus}/pages/explorer/data"),
    log:
        "logs/{corpus}/write_explorer.log",
    benchmark:
        "logs/{corpus}/write_explorer.tsv"
    resources:
        mem_mb=retry_memory(2500, 60),
        runtime=30,
        gpu_share=0,
    params:
        recorded=corpus_setting("activations"),
        peeled=lambda wildcards: peeled_runs(wildcards.corpus),
        model=corpus_setting("model"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        device=SETTINGS["device"],
        code=code("write_explorer.py"),
    script:
        "../workflow/scripts/write_explorer.py"
