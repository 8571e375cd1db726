"""A real SLURM on this machine: munge, slurmctld and two slurmd, from Debian's packages.

Needs root and an /etc/slurm without somebody else's slurm.conf.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

CONFIG = Path("/etc/slurm/slurm.conf")
GRES = Path("/etc/slurm/gres.conf")
MARK = "# made by visrnn's tests"
NODES = ("n1", "n2")


def configuration(folder: Path) -> str:
    host = socket.gethostname().split(".")[0]
    settings = {
        "ClusterName": "visrnn",
        "SlurmctldHost": f"{host}(127.0.0.1)",
        "SlurmUser": "root",
        "SlurmctldPort": 26817,
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool-%n",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd-%n.pid",
        "SlurmctldLogFile": folder / "slurmctld.log",
        "SlurmdLogFile": folder / "slurmd-%n.log",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "JobAcctGatherType": "jobacct_gather/linux",
        "AccountingStorageType": "accounting_storage/none",
        "JobCompType": "jobcomp/filetxt",
        "JobCompLoc": folder / "completed.txt",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "SchedulerParameters": "sched_interval=2,bf_interval=2,batch_sched_delay=0",
        "SlurmdParameters": "config_overrides",
        "MinJobAge": 300,
        "ReturnToService": 2,
        "GresTypes": "gpu",
        "KillWait": 5,
    }
    lines = [MARK, *(f"{key}={value}" for key, value in settings.items())]
    for index, node in enumerate(NODES):
        lines.append(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={26900 + index} "
            f"CPUs=2 RealMemory=8000 Gres=gpu:1 State=UNKNOWN"
        )
    lines.append(f"PartitionName=main Nodes={','.join(NODES)} Default=YES State=UP")
    return "\n".join(lines) + "\n"


class Cluster:
    """Start with `with Cluster(folder):`; what it started is stopped and removed at the end."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.started: list[subprocess.Popen] = []

    def __enter__(self) -> "Cluster":
        if CONFIG.exists() and not CONFIG.read_text().startswith(MARK):
            raise RuntimeError(f"{CONFIG} belongs to a cluster of yours: not touched")
        (self.folder / "state").mkdir(parents=True)
        CONFIG.parent.mkdir(exist_ok=True)
        CONFIG.write_text(configuration(self.folder))
        GRES.write_text(f"{MARK}\nName=gpu File=/dev/null\n")
        self.start_munge()
        self.start("slurmctld", "-D")
        for node in NODES:
            self.start("slurmd", "-D", "-N", node)
        self.wait_until_idle()
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            process.wait(30)
        for path in (CONFIG, GRES):
            path.unlink()

    def start(self, program: str, *arguments: str) -> None:
        path = shutil.which(program) or f"/usr/sbin/{program}"
        with open(self.folder / f"{program}.out", "ab") as log:
            self.started.append(subprocess.Popen([path, *arguments], stdout=log, stderr=log))

    def start_munge(self) -> None:
        if subprocess.run(["munge", "-n"], capture_output=True).returncode == 0:
            return
        owner = pwd.getpwnam("munge")
        run = Path("/run/munge")
        run.mkdir(exist_ok=True)
        os.chown(run, owner.pw_uid, owner.pw_gid)
        if not Path("/etc/munge/munge.key").exists():
            subprocess.run(["runuser", "-u", "munge", "--", "/usr/sbin/mungekey", "-c"], check=True)
        # munged runs on in the background: another SLURM of this machine may come to use it.
        subprocess.run(["runuser", "-u", "munge", "--", "/usr/sbin/munged"], check=True)

    def wait_until_idle(self) -> None:
        for _ in range(120):
            states = self.ask("sinfo", "--noheader", "--Node", "--format=%T").split()
            if states == ["idle"] * len(NODES):
                return
            time.sleep(0.5)
        logs = "".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
        raise RuntimeError(f"the nodes did not come up: {states}\n{logs}")

    def ask(self, *command: str) -> str:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=30).stdout

    def completed(self) -> list[dict]:
        """What SLURM's completion log says of every job that has ended."""
        path = self.folder / "completed.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [
            dict(field.split("=", 1) for field in line.split() if "=" in field) for line in lines
        ]
