"""A notebook's cells run one after the other, as Jupyter does it, without Jupyter.

    python -m tests.unit.notebook docs/tour.ipynb

writes what the cells show into the notebook.
"""

import ast
import io
import json
import os
import sys
from contextlib import chdir, redirect_stdout
from pathlib import Path


def run(path: Path) -> list[list[dict]]:
    """The outputs of each code cell, as a notebook keeps them; an error of a cell goes on."""
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    names: dict = {"__name__": "__main__"}
    with chdir(path.parent):
        return [run_cell("".join(cell["source"]), names, at) for at, cell in enumerate(cells, 1)]


def run_cell(source: str, names: dict, number: int) -> list[dict]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, outputs = io.StringIO(), []
    with redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), names)
        value = (
            eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
            if last
            else None
        )
    if text := printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": text.splitlines(True)})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(True)}
        if html := getattr(value, "_repr_html_", None):
            data = {"text/html": html().splitlines(True)} | data
        outputs.append(
            {
                "data": data,
                "execution_count": number,
                "metadata": {},
                "output_type": "execute_result",
            }
        )
    return outputs


def main(path: Path) -> None:
    notebook, outputs = json.loads(path.read_text()), iter(run(path))
    number = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            number += 1
            cell |= {"outputs": next(outputs), "execution_count": number}
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    main(Path(sys.argv[1]))
