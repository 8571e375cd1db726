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


def made(name):
    """A function that gives a table of what is asked for by name alone, where a run has made it."""
    return lambda wildcards: [
        path
        for path in [f"results/{wildcards.corpus}/analysis/{name}.parquet"]
        if Path(path).is_file()
    ]


def target_data(name, data=None):
    """A function that gives the data of a target, or nothing where its corpus lacks the target.

    data: the name of the table, where it is not the target's.
    """

    def files(wildcards):
        is_available = find_target(name).is_available(SETTINGS["corpora"][wildcards.corpus])
        return [f"results/{wildcards.corpus}/analysis/{data or name}.parquet"] * is_available

    return files


def captions():
    """The title and the caption of every figure that a whole study has."""
    texts = {}
    for target in TARGETS:
        if "figures" in target.kinds and not target.on_demand:
            # One rule draws both figures of overlaps.
            same = target.name in ("error_overlap", "error_sets")
            caption = f"../workflow/report/figures/{'overlap' if same else target.name}.rst"
            try:
                text = Path(workflow.source_path(caption)).read_text("utf-8")
            except (FileNotFoundError, WorkflowError):
                text = ""  # a figure of a user's own need not have one
            # Line ends mean nothing, and rerun nothing.
            title = target.description[0].upper() + target.description[1:]
            texts[target.name] = title, " ".join(text.split())
    return texts


def summary_figures(wildcards):
    """The figures of a whole study of a corpus, as PNG."""
    return [
        file
        for target in TARGETS
        if not target.on_demand
        for file in target_files(target, [wildcards.corpus])
        if file.endswith(".png")
    ]


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
