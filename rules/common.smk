# The style of all figures: one of the folder that is worked in, or, for a module elsewhere, ours.
STYLE = local("config/visrnn.mplstyle")
if not Path(STYLE).is_file():
    STYLE = workflow.source_path("../config/visrnn.mplstyle")


# Whether a report is made, for which what is missing is left out. Where this is a module of another
# workflow, that one decides.
REPORTS = workflow.modifier.is_main_snakefile() and any(
    word.partition("=")[0] == "--report" for word in sys.argv
)


# What a whole study makes. A report shows what was made by name, too.
STUDY = [target for target in TARGETS if REPORTS or not target.on_demand]


def code(script):
    """A hash of what a script and the modules that it reaches do: an edit of either reruns."""
    return fingerprint(workflow.source_path(f"../workflow/scripts/{script}"))


def named_recipes():
    """The recipes that the name of a run may hold: of nets that are brought, unknown ones too."""
    runs = {run for corpus in SETTINGS["corpora"].values() for run in corpus["trained"]}
    return {*SETTINGS["recipes"], *filter(None, (parse_run(run).recipe for run in runs))}


def external_names():
    """The external models of all corpora."""
    return {name for corpus in SETTINGS["corpora"].values() for name in corpus["external"]}


def trained_files(wildcards):
    """What the folder of a net that is brought has of what it may have: a job says what it lacks."""
    folder = Path(SETTINGS["corpora"][wildcards.corpus]["trained"][wildcards.run])
    names = ("card.json", "weights.safetensors", "history.parquet")
    return [local(str(folder / name)) for name in names if (folder / name).is_file()]


def external_table(part):
    """A function that gives the table of an external model's predictions of `part`."""
    return lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["external"][wildcards.external][
        part
    ]


def corpus_setting(key):
    """A function that looks up one of the settings of a job's corpus."""
    return lambda wildcards: SETTINGS["corpora"][wildcards.corpus][key]


def net_recipe(wildcards):
    corpus = SETTINGS["corpora"][wildcards.corpus]
    return recipe_of(wildcards.run, corpus, SETTINGS["recipes"])


def net_snapshots(wildcards):
    """When a training keeps its weights for the study of dynamics; None where it need not."""
    corpus = SETTINGS["corpora"][wildcards.corpus]
    if wildcards.run != corpus["dynamics_net"]:
        return None
    return {key: corpus["dynamics"][key] for key in ("epochs", "points")}


def candidates(file):
    """`file` of a net, trained once for each rate of the dropout grid."""
    return expand(
        "results/{{corpus}}/runs/{{run}}/dropout-{rate}/{file}",
        rate=SETTINGS["dropout_grid"],
        file=file,
    )


def all_runs(corpus):
    return run_names(SETTINGS["corpora"][corpus])


def validated_runs(corpus):
    """The runs that have predictions of the validation text: all but some external models.

    Only these may be chosen by it, or weights fitted to it.
    """
    external = SETTINGS["corpora"][corpus]["external"]
    return [run for run in all_runs(corpus) if run not in external or external[run]["validation"]]


def mixed_runs(corpus):
    """The nets and n-grams of which the best of each are mixed."""
    return [run for run in validated_runs(corpus) if parse_run(run).cell != "external"]


def peeled_runs(name):
    """The runs whose errors may be peeled, with all their seeds, and those that oracles use."""
    settings = SETTINGS["corpora"][name]
    runs = [*settings["model"], *settings["scaling"]]
    nets = set(map(net_of, runs))
    runs += [run for run in all_runs(name) if net_of(run) in nets]
    return list(dict.fromkeys([*runs, *oracle_runs(name)]))


def oracle_runs(corpus):
    """The runs that the oracles of a corpus use."""
    corpus, runs = SETTINGS["corpora"][corpus], []
    for oracle in corpus["oracles"]:
        if oracle["oracle"] == "ngram":
            runs += [f"ngram-{n}" for n in corpus["ngrams"] if n <= max(oracle["values"])]
        elif oracle["oracle"] == "model":
            runs += oracle["values"]
    return list(dict.fromkeys(runs))


def window_nets(corpus):
    """The n-NN of a corpus, of its first seed."""
    corpus = SETTINGS["corpora"][corpus]
    return [f"nnn-{n}-s{corpus['seeds'][0]}" for n in corpus["nnn"]]


def gap_runs(corpus):
    """The runs of which two are compared: the best of the model's and of its rival's."""
    corpus = SETTINGS["corpora"][corpus]
    return list(dict.fromkeys([*corpus["model"], *corpus["rival"]]))


def validated_gap_runs(corpus):
    """Those of `gap_runs` that have predictions of the validation text."""
    return [run for run in gap_runs(corpus) if run in validated_runs(corpus)]


def overlap_files(file):
    """A function that gives `file` of every run that a figure of overlaps may show."""

    def files(wildcards):
        sets = SETTINGS["corpora"][wildcards.corpus][wildcards.overlap]
        runs = dict.fromkeys(run for runs in sets for run in runs)
        return [f"results/{wildcards.corpus}/runs/{run}/{file}" for run in runs]

    return files


def run_files(file, names=all_runs):
    """A function that gives `file` of every run of a job's corpus."""
    return lambda wildcards: [
        f"results/{wildcards.corpus}/runs/{run}/{file}" for run in names(wildcards.corpus)
    ]


def dynamics_file(file):
    """A function that gives `file` of the net whose dynamics are studied."""
    run = corpus_setting("dynamics_net")
    return lambda wildcards: f"results/{wildcards.corpus}/runs/{run(wildcards)}/{file}"


def net_files(file):
    return run_files(file, lambda corpus: net_names(SETTINGS["corpora"][corpus]))


def recorded_files(file):
    return run_files(file, lambda corpus: SETTINGS["corpora"][corpus]["activations"])


def reported(files):
    """All `files`; for a report, for which no job runs, those that are there."""
    if not REPORTS:
        return files
    return [file for file in files if Path(file).is_file()]


def target_files(target, corpora=SETTINGS["corpora"]):
    """The files of a target, for each of `corpora` that has what it needs."""
    return reported(
        [
            f"results/{corpus}/{file}"
            for corpus in corpora
            if target.is_available(SETTINGS["corpora"][corpus])
            for file in target.files
        ]
    )


def all_files(wildcards):
    """The files of every target of a job's corpus that a whole study has."""
    return [file for target in STUDY for file in target_files(target, [wildcards.corpus])]


def target_data(name, data=None):
    """A function that gives the data of a target, or nothing where its corpus lacks the target.

    data: the name of the table, where it is not the target's.
    """

    def files(wildcards):
        is_available = find_target(name).is_available(SETTINGS["corpora"][wildcards.corpus])
        return [f"results/{wildcards.corpus}/analysis/{data or name}.parquet"] * is_available

    return files


def shown(path):
    """An output that the report shows, under the theme of its target and in its words.

    Its caption has the same name in workflow/report, a wildcard's being that of the wildcard.
    """
    kind, file = Path(path).parts[-2:]
    caption = Path(file).stem.strip("{}")

    def target(wildcards):
        return find_target(Path(path.format(**wildcards)).stem)

    def labels(wildcards):
        # One label only: by a second one Snakemake's report can come to hide results.
        text = target(wildcards).description
        return {"what": f"{text[0].upper()}{text[1:]}: {kind.removesuffix('s')}"}

    return report(
        path,
        caption=f"../workflow/report/{kind}/{caption}.rst",
        category=lambda wildcards: target(wildcards).theme,
        subcategory="{corpus}",
        labels=labels,
    )


def class_files(wildcards):
    """The predictions of a job's net, and of the models that tell the classes of its errors."""
    runs = dict.fromkeys([wildcards.run, *oracle_runs(wildcards.corpus)])
    return [f"results/{wildcards.corpus}/runs/{run}/predictions.parquet" for run in runs]


def control_files(wildcards):
    """The predictions of the n-grams that a net's context is compared with."""
    ns = SETTINGS["corpora"][wildcards.corpus]["ngrams"]
    return [f"results/{wildcards.corpus}/runs/ngram-{n}/predictions.parquet" for n in ns]


def cause_setting(key):
    return lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["causes"][key]


def failures(messages):
    """Of every job that failed in the end its log and what stands last in that.

    messages: what Snakemake printed.
    """
    errors = re.findall(r"^ +output: (.+)\n +log: ([^, ]+).* \(check log", messages, re.M)
    for outputs, log in dict.fromkeys(errors):
        # Another try may have made it; and of a group of jobs those after it never began.
        if Path(log).is_file() and not all(Path(file).exists() for file in outputs.split(", ")):
            *_, last = ["see above", *Path(log).read_text(errors="replace").splitlines()]
            yield f"    {log}: {last.partition(' error: ')[2] or last}"
