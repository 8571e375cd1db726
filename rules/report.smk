rule write_summary:
    input:
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json"),
        nets="results/{corpus}/analysis/net_losses.parquet",
        comparisons="results/{corpus}/analysis/comparisons.parquet",
        cures=target_data("cures"),
        slices=target_data("error_peeling", "error_slices"),
        overlap=target_data("error_overlap"),
        discovery=target_data("cell_discovery"),
        claims=target_data("saturation", "saturation_claims"),
        dynamics=target_data("dynamics"),
        curves=target_data("learning_curves"),
    output:
        html=shown("results/{corpus}/pages/summary.html"),
    log:
        "logs/{corpus}/write_summary.log",
    benchmark:
        "logs/{corpus}/write_summary.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_summary.py"),
    script:
        "../workflow/scripts/write_summary.py"


# The last job of a corpus. Times differ from run to run, so they stay out of results/.
rule write_times:
    input:
        all_files,
    output:
        html=report(
            "logs/{corpus}/times.html",
            caption="../workflow/report/pages/times.rst",
            category="Summary",
            subcategory="{corpus}",
            labels={"what": "Time and memory of its jobs: page"},
        ),
    log:
        "logs/{corpus}/write_times.log",
    benchmark:
        "logs/{corpus}/write_times.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_times.py"),
    script:
        "../workflow/scripts/write_times.py"
