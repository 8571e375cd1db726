"""The program `visrnn`: a thin door to the workflow and the library.

click, because it depends on nothing else, is kept well, and gives --help to every command.
"""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from shlex import quote
from typing import Any

import click

from visrnn import __version__
from visrnn.system.exceptions import InputError

PATH = click.Path(path_type=Path)
TEXT = click.argument("text", type=PATH)
RUN = click.argument("run", type=PATH)


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Ends with one line, and no traceback, where the input is bad or the machine at fault."""

    @wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except InputError as error:
            sys.exit(f"error: {error}")
        except OSError as error:
            sys.exit(f"error: {error.filename or 'file'}: {error.strerror or error}")

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="visrnn")
def main() -> None:
    """What a character-level recurrent net has learned of a text, and where it still fails.

    A study is made by a clone of visrnn, in whose folder `study` and `open` work. The other
    commands work anywhere. RUN is the folder of a net: results/CORPUS/runs/RUN of a study, or one
    of those in trained/.
    """


@main.command()
@click.argument("book", metavar="BOOK.TXT", type=PATH)
@click.option("--output", "-o", type=PATH, help="The file to write.  [default: BOOK.yaml]")
@plainly
def new(book: Path, output: Path | None) -> None:
    """Write a configuration for a text.

    Its encoding, language and size are looked at; the file says why each key is what it is."""
    from visrnn.cli.new import write_configuration

    path, sentences = write_configuration(book, output)
    click.echo("\n".join(sentences))
    click.echo(f"Wrote {path}. Look into it, then: visrnn study {quote(str(path))}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("study_", metavar="[STUDY.YAML | BOOK.TXT]", type=PATH, required=False)
@click.argument("words", metavar="[TARGETS AND OPTIONS OF SNAKEMAKE]...", nargs=-1)
@click.option("--cores", default="all", show_default=True, help="Processor cores to use.")
@click.option("--dry-run", "-n", is_flag=True, help="Tell the jobs and the time, and do nothing.")
@click.option("--verbose", is_flag=True, help="Show what Snakemake and its jobs print.")
@plainly
def study(
    study_: Path | None, words: tuple[str, ...], cores: str, dry_run: bool, verbose: bool
) -> None:
    """Make a study and its report, or go on.

    Without a name it is the default study, of config/config.yaml. A text gets a configuration as by
    `visrnn new`, unless there is one. Of targets that are named, such as
    `losses`, only these are made, and no report.
    """
    from visrnn.cli.study import run_study, tell_plan

    if cores != "all" and not (cores.isdecimal() and int(cores) > 0):
        raise InputError(f"--cores: expected all, or a number of at least 1, found {cores!r}")

    if dry_run:
        click.echo(tell_plan(study_, words, cores))
    else:
        sys.exit(run_study(study_, words, cores, verbose))


@main.command()
@RUN
@TEXT
@click.option("--output", "-o", type=PATH, help="The page to write.  [default: TEXT_RUN.html]")
@plainly
def score(run: Path, text: Path, output: Path | None) -> None:
    """Say how well a net predicts a text.

    The text is written as a page that is coloured by probability."""
    from visrnn.cli.reading import score_text

    click.echo(score_text(run, text, output))


@main.command()
@RUN
@click.option("--prompt", default="\n", help="What the net reads before it writes.  [default: \\n]")
@click.option("--temperature", type=float, default=1.0, show_default=True)
@click.option("--length", type=int, default=300, show_default=True, help="Characters to write.")
@click.option("--seed", type=int, default=1, show_default=True)
@plainly
def sample(run: Path, prompt: str, temperature: float, length: int, seed: int) -> None:
    """Let a net write."""
    from visrnn.cli.reading import sample_text

    click.echo(sample_text(run, prompt, length, temperature, seed))


@main.command()
@RUN
@TEXT
@click.option("--unit", help="The unit, such as h_2_37: layer 2, number 37.")
@click.option("--output", "-o", type=PATH, help="The page to write.  [default: TEXT_RUN_UNIT.html]")
@plainly
def cells(run: Path, text: Path, unit: str | None, output: Path | None) -> None:
    """Colour a text by what a unit keeps.

    Without --unit, the units are listed that vary most over the text."""
    from visrnn.cli.reading import show_cells

    click.echo(show_cells(run, text, unit, output))


@main.command("open")
@plainly
def open_() -> None:
    """Open the report of the study that was made last."""
    from visrnn.cli.study import open_report

    click.echo(open_report())
