for table in [
    "ablation",
    "clamped_text",
    "steering",
    "context",
    "connectivity",
    "connectivity_text",
    "probes",
]:

    rule:
        name:
            f"gather_{table}"
        input:
            tables=recorded_files(f"{table}.parquet"),
        output:
            tables=f"results/{{corpus}}/analysis/{table}.parquet",
        log:
            f"logs/{{corpus}}/gather_{table}.log",
        benchmark:
            f"logs/{{corpus}}/gather_{table}.tsv"
        resources:
            mem_mb=retry_memory(1000),
            runtime=10,
        params:
            code=code("gather_tables.py"),
        script:
            "../workflow/scripts/gather_tables.py"


for table in ["ablation", "steering", "context", "stability", "probes", "counting"]:

    rule:
        name:
            f"write_{table}"
        input:
            data=f"results/{{corpus}}/analysis/{table}.parquet",
        output:
            csv=f"results/{{corpus}}/tables/{table}.csv",
            md=f"results/{{corpus}}/tables/{table}.md",
            html=shown(f"results/{{corpus}}/tables/{table}.html"),
        log:
            f"logs/{{corpus}}/write_{table}.log",
        benchmark:
            f"logs/{{corpus}}/write_{table}.tsv"
        resources:
            mem_mb=retry_memory(1000),
            runtime=10,
        params:
            code=code("write_causes.py"),
        script:
            "../workflow/scripts/write_causes.py"


rule plot_connectivity:
    input:
        means="results/{corpus}/analysis/connectivity.parquet",
        strips="results/{corpus}/analysis/connectivity_text.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/connectivity.png"),
        pdf="results/{corpus}/figures/connectivity.pdf",
    log:
        "logs/{corpus}/plot_connectivity.log",
    benchmark:
        "logs/{corpus}/plot_connectivity.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_connectivity.py"),
    script:
        "../workflow/scripts/plot_connectivity.py"


rule plot_stability:
    input:
        data="results/{corpus}/analysis/stability.parquet",
        cells="results/{corpus}/analysis/stability_cells.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/stability.png"),
        pdf="results/{corpus}/figures/stability.pdf",
    log:
        "logs/{corpus}/plot_stability.log",
    benchmark:
        "logs/{corpus}/plot_stability.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_stability.py"),
    script:
        "../workflow/scripts/plot_stability.py"
