"""python -m visrnn.cli: the same as the program, where it is not installed."""

from visrnn.cli.main import main

main(prog_name="visrnn")
