"""What Snakemake says, without what is about Snakemake itself."""

# Of a job that failed it says that first in its own words, and at the end why.
_ABOUT_ITSELF = (
    *("Using ", "WorkflowError", "RuleException", "CalledProcessError", "Command 'set", "  File "),
    *("At least one job", "Exiting because a job", "Complete log"),
)
FAILED = "Failed, and why:\n"
# How the lines begin that may follow, among others, for two threads print.
_WHY = ("    logs/", "A job was killed")


def essence(message: str) -> str:
    """The lines of a message of Snakemake's that are for the user.

    >>> essence("Using profile x.\\nWorkflowError in file a, line 3:\\nnets: unknown net 'lstm'\\n")
    "nets: unknown net 'lstm'"
    """
    lines = [line for line in message.splitlines() if line.strip()]
    return "\n".join(line for line in lines if not line.startswith(_ABOUT_ITSELF))


def failures(printed: str) -> str:
    """What the Snakefile says of the jobs that failed, "" where none did; of all that was printed.

    >>> failures("x\\nFailed, and why:\\n    logs/a.log: empty\\nComplete log(s): b\\n")
    'Failed, and why:\\n    logs/a.log: empty\\n'
    """
    _, marked, after = printed.rpartition(FAILED)
    lines = [line for line in after.splitlines(keepends=True) if line.startswith(_WHY)]
    return FAILED + "".join(lines) if marked else ""
