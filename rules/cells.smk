rule fit_context_tables:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        properties="results/{corpus}/corpus/properties.parquet",
    output:
        tables="results/{corpus}/corpus/context_tables.parquet",
    log:
        "logs/{corpus}/fit_context_tables.log",
    benchmark:
        "logs/{corpus}/fit_context_tables.tsv"
    resources:
        mem_mb=retry_memory(1000, 150),
        runtime=60,
    params:
        recorded_characters=corpus_setting("recorded_characters"),
        code=code("fit_context_tables.py"),
    script:
        "../workflow/scripts/fit_context_tables.py"


rule score_nulls:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        properties="results/{corpus}/corpus/properties.parquet",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
    output:
        nulls="results/{corpus}/runs/{run}/nulls.parquet",
    log:
        "logs/{corpus}/score_nulls/{run}.log",
    benchmark:
        "logs/{corpus}/score_nulls/{run}.tsv"
    priority: CHAIN
    resources:
        mem_mb=retry_memory(1500, 85),
        runtime=60,
    params:
        recorded_characters=corpus_setting("recorded_characters"),
        characters=corpus_setting("null_characters"),
        # The seeds of a net share its null nets.
        nets=lambda wildcards: ceil(
            SETTINGS["corpora"][wildcards.corpus]["null_nets"]
            / len(SETTINGS["corpora"][wildcards.corpus]["seeds"])
        ),
        code=code("score_nulls.py"),
    script:
        "../workflow/scripts/score_nulls.py"


rule discover_cells:
    input:
        activations="results/{corpus}/runs/{run}/activations.parquet",
        properties="results/{corpus}/corpus/properties.parquet",
        tables="results/{corpus}/corpus/context_tables.parquet",
    output:
        cells="results/{corpus}/runs/{run}/cell_discovery.parquet",
        scores="results/{corpus}/runs/{run}/unit_scores.parquet",
    log:
        "logs/{corpus}/discover_cells/{run}.log",
    benchmark:
        "logs/{corpus}/discover_cells/{run}.tsv"
    priority: CHAIN
    resources:
        mem_mb=retry_memory(1500, 85),
        runtime=60,
    params:
        null_characters=corpus_setting("null_characters"),
        code=code("discover_cells.py"),
    script:
        "../workflow/scripts/discover_cells.py"


rule cut_excerpts:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        activations="results/{corpus}/runs/{run}/activations.parquet",
        properties="results/{corpus}/corpus/properties.parquet",
        discovery="results/{corpus}/runs/{run}/cell_discovery.parquet",
    output:
        excerpts="results/{corpus}/runs/{run}/excerpts.parquet",
    log:
        "logs/{corpus}/cut_excerpts/{run}.log",
    benchmark:
        "logs/{corpus}/cut_excerpts/{run}.tsv"
    priority: CHAIN
    resources:
        mem_mb=retry_memory(1500, 85),
        runtime=20,
    params:
        code=code("cut_excerpts.py"),
    script:
        "../workflow/scripts/cut_excerpts.py"


rule gather_cells:
    input:
        discovery=recorded_files("cell_discovery.parquet"),
        nulls=recorded_files("nulls.parquet"),
        scores=recorded_files("unit_scores.parquet"),
        excerpts=recorded_files("excerpts.parquet"),
        cards=recorded_files("card.json"),
    output:
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
        scores="results/{corpus}/analysis/unit_scores.parquet",
        excerpts="results/{corpus}/analysis/excerpts.parquet",
    log:
        "logs/{corpus}/gather_cells.log",
    benchmark:
        "logs/{corpus}/gather_cells.tsv"
    priority: CHAIN
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("gather_cells.py"),
    script:
        "../workflow/scripts/gather_cells.py"


rule write_cell_discovery:
    input:
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
    output:
        csv="results/{corpus}/tables/cell_discovery.csv",
        md="results/{corpus}/tables/cell_discovery.md",
        html=shown("results/{corpus}/tables/cell_discovery.html"),
    log:
        "logs/{corpus}/write_cell_discovery.log",
    benchmark:
        "logs/{corpus}/write_cell_discovery.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_cell_discovery.py"),
    script:
        "../workflow/scripts/write_cell_discovery.py"


rule plot_cells:
    input:
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
        excerpts="results/{corpus}/analysis/excerpts.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/cells.png"),
        pdf="results/{corpus}/figures/cells.pdf",
    log:
        "logs/{corpus}/plot_cells.log",
    benchmark:
        "logs/{corpus}/plot_cells.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_cells.py"),
    script:
        "../workflow/scripts/plot_cells.py"


rule plot_cell_discovery:
    input:
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
        excerpts="results/{corpus}/analysis/excerpts.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/cell_discovery.png"),
        pdf="results/{corpus}/figures/cell_discovery.pdf",
    log:
        "logs/{corpus}/plot_cell_discovery.log",
    benchmark:
        "logs/{corpus}/plot_cell_discovery.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_cell_discovery.py"),
    script:
        "../workflow/scripts/plot_cell_discovery.py"
