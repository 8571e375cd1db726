"""A real SLURM on this machine: munge, slurmctld and two slurmd, from Debian's packages.

Needs root and an /etc/slurm without somebody else's slurm.conf. Two nodes of two cores, each with a
GPU that is none: SLURM hands it out, and PyTorch finds nothing behind it.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

CONFIG = Path("/etc/slurm/slurm.conf")
GRES = Path("/etc/slurm/gres.conf")
MUNGE = Path("/run/munge")
MARK = "# made by visrnn's tests"
PORT = 26817
NODES = ("n1", "n2")
# What is kept of each job, by squeue's names.
FIELDS = {"job": "jobid", "state": "state", "node": "nodelist", "comment": "comment"}
FIELDS |= {"memory": "minmemory", "gpus": "tres-per-job", "seconds": "timeused"}


def configuration(folder: Path) -> str:
    host = socket.gethostname().split(".")[0]
    settings = {
        "ClusterName": "visrnn",
        "SlurmctldHost": f"{host}(127.0.0.1)",
        "SlurmUser": "root",
        "SlurmctldPort": PORT,
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool-%n",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd-%n.pid",
        "SlurmctldLogFile": folder / "slurmctld.log",
        "SlurmdLogFile": folder / "slurmd-%n.log",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        # A step that takes more memory than it asked for is killed within a second or two.
        "JobAcctGatherType": "jobacct_gather/linux",
        "JobAcctGatherFrequency": "task=1",
        "JobAcctGatherParams": "OverMemoryKill",
        "AccountingStorageType": "accounting_storage/none",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "SchedulerParameters": "sched_interval=2,bf_interval=2,batch_sched_delay=0",
        "SlurmdParameters": "config_overrides",
        # squeue knows of a job that has ended for so many seconds.
        "MinJobAge": 3600,
        "ReturnToService": 2,
        "GresTypes": "gpu",
        "KillWait": 5,
    }
    lines = [MARK, *(f"{key}={value}" for key, value in settings.items())]
    for index, node in enumerate(NODES):
        lines.append(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={26900 + index} "
            f"CPUs=2 RealMemory=16000 Gres=gpu:1 State=UNKNOWN"
        )
    lines.append(f"PartitionName=main Nodes={','.join(NODES)} Default=YES State=UP")
    return "\n".join(lines) + "\n"


def ask(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=30, check=True).stdout


class Cluster:
    """Start with `with Cluster(folder):`; what it started is stopped and removed at the end."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.cleanup = ExitStack()

    def __enter__(self) -> "Cluster":
        if CONFIG.exists() and not CONFIG.read_text().startswith(MARK):
            raise RuntimeError(f"{CONFIG} belongs to a cluster of yours: not touched")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                raise RuntimeError(f"port {PORT} is taken: do these tests already run here?")
        with self.cleanup:
            (self.folder / "state").mkdir(parents=True)
            for path in (CONFIG, GRES):
                self.cleanup.callback(path.unlink, missing_ok=True)
            CONFIG.parent.mkdir(exist_ok=True)
            CONFIG.write_text(configuration(self.folder))
            GRES.write_text(f"{MARK}\nName=gpu File=/dev/null\n")
            self.start_munge()
            self.start("slurmctld", "-D")
            for node in NODES:
                self.start("slurmd", "-D", "-N", node)
            self.wait_until_idle()
            self.cleanup.callback(self.cancel_all)
            # All went well: the daemons live on until the end.
            self.cleanup = self.cleanup.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self.cleanup.close()

    def start(self, program: str, *arguments: str, **options) -> None:
        path = shutil.which(program) or f"/usr/sbin/{program}"
        with open(self.folder / f"{program}.out", "ab") as log:
            process = subprocess.Popen([path, *arguments], stdout=log, stderr=log, **options)
        self.cleanup.callback(process.wait, 30)
        self.cleanup.callback(process.terminate)

    def start_munge(self) -> None:
        if subprocess.run(["munge", "-n"], capture_output=True).returncode == 0:
            return
        owner = pwd.getpwnam("munge")
        if not MUNGE.exists():
            MUNGE.mkdir()
            self.cleanup.callback(shutil.rmtree, MUNGE)
        os.chown(MUNGE, owner.pw_uid, owner.pw_gid)
        if not Path("/etc/munge/munge.key").exists():
            ask("runuser", "-u", "munge", "--", "/usr/sbin/mungekey", "-c")
        self.start("munged", "--foreground", user="munge", group="munge", extra_groups=[])
        for _ in range(50):
            if subprocess.run(["munge", "-n"], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"munged did not come up: {self.folder / 'munged.out'}")

    def wait_until_idle(self) -> None:
        command = ["sinfo", "--noheader", "--Node", "--format=%T"]
        for _ in range(120):
            found = subprocess.run(command, capture_output=True, text=True)
            if found.stdout.split() == ["idle"] * len(NODES):
                return
            time.sleep(0.5)
        logs = "".join(path.read_text()[-2000:] for path in self.folder.glob("*.out"))
        raise RuntimeError(f"the nodes did not come up: {found.stdout}\n{logs}")

    def cancel_all(self) -> None:
        """Cancel what still runs: a job outlives its slurmd."""
        ask("scancel", "--user=root")
        for _ in range(60):
            if not ask("squeue", "--noheader", "--states=running,completing"):
                return
            time.sleep(0.5)

    def jobs(self) -> list[dict[str, str]]:
        """All jobs so far, in the order of their submission, with FIELDS."""
        wanted = ",".join(f"{field}:150" for field in FIELDS.values())
        lines = ask("squeue", "--noheader", "--states=all", "--sort=i", f"--Format={wanted}")
        return [
            {
                name: line[150 * index : 150 * (index + 1)].strip()
                for index, name in enumerate(FIELDS)
            }
            for line in lines.splitlines()
        ]
