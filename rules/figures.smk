# The figures that are drawn from one table, of their own name. Their rules differ in that name only.
for figure in [
    "learning_curves",
    "dynamics",
    "embedding",
    "character_gap",
    "closing_delimiter",
    "error_peeling",
    "oracle_orders",
    "scaling",
    "cures",
    "cure_costs",
    "ablation",
    "clamped_text",
    "steering",
    "context",
]:

    rule:
        name:
            f"plot_{figure}"
        input:
            data=f"results/{{corpus}}/analysis/{figure}.parquet",
            style=STYLE,
        output:
            png=shown(f"results/{{corpus}}/figures/{figure}.png"),
            pdf=f"results/{{corpus}}/figures/{figure}.pdf",
        log:
            f"logs/{{corpus}}/plot_{figure}.log",
        benchmark:
            f"logs/{{corpus}}/plot_{figure}.tsv"
        resources:
            mem_mb=retry_memory(1000),
            runtime=10,
        params:
            figure=figure,
            code=code(f"plot_{figure}.py"),
        script:
            # Evaluated when the job runs: by then the loop has ended.
            "../workflow/scripts/plot_{params.figure}.py"

    # What has no job, as the report and the archive for a cloud, reads the name from here.
    getattr(rules, f"plot_{figure}").rule.script = f"../workflow/scripts/plot_{figure}.py"
