"""Draw growth.csv: time and memory against the size of the text."""

import csv

import matplotlib.pyplot as plt
from measuring import HERE

plt.style.use(HERE.parents[1] / "config" / "visrnn.mplstyle")
with open(HERE / "growth.csv", newline="") as file:
    rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
sizes = [row["mb"] for row in rows]
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3), layout="constrained")
for axis, name, label in zip(
    axes, ("wall_s", "peak_mb"), ("seconds", "peak memory, MB"), strict=True
):
    values = [row[name] for row in rows]
    axis.loglog(sizes, values, "o-", base=2, label="measured")
    linear = [values[-1] * size / sizes[-1] for size in sizes]
    axis.loglog(sizes, linear, ":", base=2, color="0.5", label="proportional to size")
    axis.set(xlabel="text, MB", ylabel=label)
    axis.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
axes[0].legend(frameon=False)
figure.savefig(HERE / "growth.png", dpi=150)
