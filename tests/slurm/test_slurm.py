"""A real SLURM does a small study from beginning to end, while jobs are killed."""

import http.server
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml

from tests.slurm.cluster import Cluster, ask
from tests.workflow.bad_files import TEXT, Handler
from tests.workflow.workplace import Project, copy_project

STUDY = Path(__file__).with_name("study.yaml")
LONG = "gru-1x8-long-s1"
# A cluster without an accounting database is asked by squeue; the plugin's own default is sacct.
OPTIONS = ["--workflow-profile", "profiles/slurm", "--slurm-status-command", "squeue"]
OPTIONS += ["--slurm-init-seconds-before-status-checks", "6", "--latency-wait", "5"]
# The analysis in two jobs.
OPTIONS += ["--group-components", "analysis=6"]


@dataclass
class Study:
    """What is left of a study that a cluster did."""

    project: Project
    jobs: list[dict[str, str]]
    killed: dict[str, str]

    def tries(self, rule: str) -> list[dict[str, str]]:
        return [job for job in self.jobs if job["comment"].startswith(f"rule_{rule}")]


@pytest.fixture(scope="module")
def study(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("slurm")
    project = copy_project(folder / "project")
    # N-grams that at first get too little memory: 60, then 1920 MB.
    path = project.folder / "profiles/slurm/config.yaml"
    profile = yaml.safe_load(path.read_text())
    profile["set-resources"]["fit_ngrams_small"] = {"mem_mb": "60 * attempt ** 5"}
    path.write_text(yaml.safe_dump(profile))
    with Cluster(folder / "cluster") as cluster:
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(project.snakemake, *OPTIONS, config=STUDY)
            killed = kill_training(cluster, project, running)
        jobs = cluster.jobs()
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", *("  ".join(job.values()) for job in jobs), sep="\n")
    running.result()
    return Study(project, jobs, killed)


def kill_training(cluster: Cluster, project: Project, running: Future) -> dict[str, str]:
    """Cancel the long training after its first checkpoint, on a node that gets no jobs until it
    goes on elsewhere. Gives the job that was cancelled."""
    checkpoint = project.folder / f"results/small/runs/{LONG}/checkpoint.safetensors"
    wait_for(checkpoint.exists, running)
    job = next(job for job in cluster.jobs() if LONG in job["comment"])
    node = f"nodename={job['node']}"
    ask("scontrol", "update", node, "state=drain", "reason=test")
    ask("scancel", job["job"])
    log = project.folder / f"logs/small/train_net/{LONG}.log"
    wait_for(lambda: log.exists() and "going on from step" in log.read_text(), running)
    ask("scontrol", "update", node, "state=resume")
    return job


def wait_for(happened, running: Future) -> None:
    while not happened() and not running.done():
        time.sleep(0.1)


def test_the_small_study_goes_through_sbatch(study):
    last = {job["comment"]: job for job in study.jobs}
    assert {job["state"] for job in last.values()} == {"COMPLETED"}
    assert {job["node"] for job in study.jobs} == {"n1", "n2"}
    output = study.project.snakemake("--workflow-profile", "profiles/slurm", config=STUDY)
    assert "Nothing to be done" in output


def test_what_comes_out_is_what_one_machine_makes(study, tmp_path):
    """Of all nets and n-grams, byte for byte, those that were killed among them."""
    undisturbed = copy_project(tmp_path / "undisturbed").folder
    Project(undisturbed).snakemake("losses", "table_1", "table_2", "error_peeling", config=STUDY)
    paths = [path for path in undisturbed.glob("results/**/*") if path.is_file()]
    assert len(paths) > 20
    for path in paths:
        made = study.project.folder / path.relative_to(undisturbed)
        assert made.read_bytes() == path.read_bytes(), made


def test_short_jobs_go_together(study):
    assert len(study.tries("analysis")) == 2 and len(study.tries("recorded")) == 1
    assert len(study.jobs) < 20


def test_a_net_gets_a_gpu_and_nothing_else_does(study):
    for job in study.jobs:
        assert ("gpu:1" in job["gpus"]) == ("train_net" in job["comment"]), job


def test_a_job_that_is_cancelled_goes_on_on_the_other_node(study):
    tries = study.tries(f"train_net_wildcards_small_{LONG}")
    assert [job["state"] for job in tries] == ["CANCELLED", "COMPLETED"]
    assert tries[0]["job"] == study.killed["job"]
    assert {job["node"] for job in tries} == {"n1", "n2"}
    log = study.project.folder / f"logs/small/train_net/{LONG}.log"
    assert "going on from step" in log.read_text()


def test_a_job_that_takes_too_much_memory_is_tried_again_with_more(study):
    first, second = study.tries("fit_ngrams")
    assert first["state"] != "COMPLETED" and second["state"] == "COMPLETED"
    assert (first["memory"], second["memory"]) == ("60M", "1920M")


def test_jobs_that_a_killed_snakemake_left_are_cancelled(study, tmp_path):
    project, log = copy_project(tmp_path / "project"), tmp_path / "killed.log"
    folder = Path(f"results/small/runs/{LONG}")
    card = str(folder / "card.json")
    with Cluster(tmp_path / "cluster") as cluster:
        with open(log, "wb") as output:
            command = [sys.executable, "workflow/start.py", card, *OPTIONS, "--configfile", STUDY]
            killed = subprocess.Popen(command, cwd=project.folder, stdout=output, stderr=output)
        while not (project.folder / folder / "checkpoint.safetensors").exists():
            assert killed.poll() is None, log.read_text()
            time.sleep(0.1)
        killed.kill()
        killed.wait()
        assert [job["state"] for job in cluster.jobs() if LONG in job["comment"]] == ["RUNNING"]
        told = project.start(card, *OPTIONS, config=STUDY)
        tries = [job for job in cluster.jobs() if LONG in job["comment"]]
    assert "going on after a run that was killed: 1 jobs of the cluster cancelled, " in told
    assert [job["state"] for job in tries] == ["CANCELLED", "COMPLETED"]
    log = project.folder / f"logs/small/train_net/{LONG}.log"
    assert "going on from step" in log.read_text()
    names = ["card.json", "history.parquet", "predictions.parquet"]
    for name in [*names, "weights.safetensors", "snapshots.safetensors"]:
        made = (project.folder / folder / name).read_bytes()
        assert made == (study.project.folder / folder / name).read_bytes()


class Server(http.server.ThreadingHTTPServer):
    """Serves a text to all but SLURM's jobs, as where the nodes of a cluster have no network."""

    def verify_request(self, request, client_address) -> bool:
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == client_address[1]:
                return "SLURM_JOB_ID" not in psutil.Process(connection.pid).environ()
        return False


@pytest.fixture
def url():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/text.txt"
    server.shutdown()
    server.server_close()


def test_a_text_that_the_nodes_cannot_reach_is_downloaded_where_snakemake_is(url, tmp_path):
    project, config = copy_project(tmp_path / "project"), tmp_path / "config.yaml"
    corpus = {"source": {"url": [url]}, "split": {"rows": 5, "block": 20}}
    study = {"corpora": {"web": corpus}, "nets": [], "ngrams": [1, 2], "nnn": []}
    config.write_text(yaml.safe_dump(study))
    read = f"import urllib.request; urllib.request.urlopen({url!r}).read()"
    with Cluster(tmp_path / "cluster") as cluster:
        assert urllib.request.urlopen(url).read() == TEXT
        on_node = ["srun", "--mem=500", sys.executable, "-c", read]
        refused = subprocess.run(on_node, capture_output=True, text=True, timeout=60)
        assert "RemoteDisconnected" in refused.stderr or "Connection reset" in refused.stderr
        project.snakemake(*OPTIONS, config=config)
        jobs = [job for job in cluster.jobs() if job["comment"].startswith("rule_")]
    assert {job["state"] for job in jobs} == {"COMPLETED"}
    assert any(job["comment"].startswith("rule_corpus") for job in jobs)
    assert not any("download" in job["comment"] for job in jobs)
    assert (project.folder / "results/web/corpus/download.txt").read_bytes() == TEXT
    assert (project.folder / "results/web/pages/summary.html").exists()


def test_no_daemon_and_no_file_is_left(study):
    for program in ("slurmctld", "slurmd", "slurmstepd"):
        assert subprocess.run(["pgrep", "-x", program], capture_output=True).returncode == 1
    assert not Path("/etc/slurm/slurm.conf").exists()
    assert not Path("/etc/slurm/gres.conf").exists()
