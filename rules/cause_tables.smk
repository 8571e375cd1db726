def seed_files(file):
    """A function that gives `file` of every recorded net, trained with any of the seeds."""

    def names(corpus):
        corpus = SETTINGS["corpora"][corpus]
        nets = [run.rpartition("-s")[0] for run in corpus["activations"]]
        return [f"{net}-s{seed}" for net in dict.fromkeys(nets) for seed in corpus["seeds"]]

    return run_files(file, names)


for table in [
    "ablation",
    "clamped_text",
    "steering",
    "context",
    "connectivity",
    "connectivity_text",
]:

    rule:
        name:
            f"gather_{table}"
        input:
            # Seeds count where their ranks are combined, and where training is what is compared.
            tables=(seed_files if table in ["ablation", "context"] else recorded_files)(
                f"{table}.parquet"
            ),
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
            code=code("gather_cells.py"),
        script:
            "../workflow/scripts/gather_cells.py"


for table in ["ablation", "steering", "context"]:

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
