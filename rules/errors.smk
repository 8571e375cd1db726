rule measure_overlap:
    input:
        cards=overlap_files("card.json"),
        predictions=overlap_files("predictions.parquet"),
    output:
        data="results/{corpus}/analysis/{overlap}.parquet",
        csv="results/{corpus}/tables/{overlap}.csv",
        md="results/{corpus}/tables/{overlap}.md",
        html=shown("results/{corpus}/tables/{overlap}.html"),
    log:
        "logs/{corpus}/measure_overlap/{overlap}.log",
    benchmark:
        "logs/{corpus}/measure_overlap/{overlap}.tsv"
    wildcard_constraints:
        overlap="error_overlap|error_sets",
    resources:
        mem_mb=retry_memory(1500, 10),
        runtime=10,
    params:
        sets=lambda wildcards: SETTINGS["corpora"][wildcards.corpus][wildcards.overlap],
        code=code("measure_overlap.py"),
    script:
        "../workflow/scripts/measure_overlap.py"


rule plot_overlap:
    input:
        data="results/{corpus}/analysis/{overlap}.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/{overlap}.png"),
        pdf="results/{corpus}/figures/{overlap}.pdf",
    log:
        "logs/{corpus}/plot_overlap/{overlap}.log",
    benchmark:
        "logs/{corpus}/plot_overlap/{overlap}.tsv"
    wildcard_constraints:
        overlap="error_overlap|error_sets",
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_overlap.py"),
    script:
        "../workflow/scripts/plot_overlap.py"


rule measure_character_gap:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", gap_runs),
        predictions=run_files("predictions.parquet", gap_runs),
        validation=run_files("validation.parquet", validated_gap_runs),
    output:
        data="results/{corpus}/analysis/character_gap.parquet",
    log:
        "logs/{corpus}/measure_character_gap.log",
    benchmark:
        "logs/{corpus}/measure_character_gap.tsv"
    resources:
        mem_mb=retry_memory(1500, 45),
        runtime=10,
    params:
        model=corpus_setting("model"),
        rival=corpus_setting("rival"),
        minimum=corpus_setting("minimum_count"),
        code=code("measure_character_gap.py"),
    script:
        "../workflow/scripts/measure_character_gap.py"


rule measure_closing_delimiter:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", gap_runs),
        predictions=run_files("predictions.parquet", gap_runs),
    output:
        data="results/{corpus}/analysis/closing_delimiter.parquet",
    log:
        "logs/{corpus}/measure_closing_delimiter.log",
    benchmark:
        "logs/{corpus}/measure_closing_delimiter.tsv"
    resources:
        mem_mb=retry_memory(1500, 70),
        runtime=10,
    params:
        model=corpus_setting("model"),
        rival=corpus_setting("rival"),
        minimum=corpus_setting("minimum_count"),
        language=corpus_setting("language"),
        code=code("measure_closing_delimiter.py"),
    script:
        "../workflow/scripts/measure_closing_delimiter.py"
