# What jobs ask for: memory, a share of the GPU, cores, and their turn.
# The longest chain of short jobs goes before others, so that it is not what is left at the end.
CHAIN = 1
# More than any training's.
EARLY = 10**6


def corpus_megabytes(corpus):
    """The length of a corpus's text, or the most that it can be; 20 while that is not known."""
    source = SETTINGS["corpora"][corpus]["source"]
    # A token takes two bytes.
    files = [(f"results/{corpus}/corpus/tokens.npy", 2), (source.get("file") or "", 1)]
    sizes = [os.path.getsize(path) / each for path, each in files if os.path.isfile(path)]
    if source.get("max_bytes"):
        sizes.append(source["max_bytes"])
    return min(sizes, default=20e6) / 1e6


def retry_memory(base, per_megabyte=0, corpus=None):
    """A function that gives a job's memory in MB, by its corpus's length and in whole GB.

    A job that is tried again gets as much again. benchmarks/workflow/README.md has what was measured.
    """

    def memory(wildcards, attempt):
        text = corpus_megabytes(corpus or wildcards.corpus) if per_megabyte else 0
        return 1000 * ceil((base + per_megabyte * text) / 1000) * attempt

    return memory


def gpu_share(wildcards):
    """Percent of a GPU that a net's job takes: small nets share one. Nothing without a GPU."""
    if SETTINGS["device"] == "cpu" or (SETTINGS["device"] == "auto" and not has_gpu()):
        return 0
    run = wildcards.get("run") or SETTINGS["corpora"][wildcards.corpus]["dynamics_net"]
    return 25 if (parse_run(run).size or 0) < 256 else 100


def net_threads(wildcards):
    """Cores for a net's training: smaller nets do better side by side, with one each."""
    return 1 if (parse_run(wildcards.run).size or 0) < 256 else 4


def net_priority(wildcards):
    """Long work first, so that no core idles at the end. An n-NN is as long as the net it is like."""
    run = parse_run(wildcards.run)
    if not run.recurrent:
        run = parse_run(SETTINGS["corpora"][wildcards.corpus]["nnn_like"])
    return run.layers * run.size
