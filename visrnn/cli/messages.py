"""What Snakemake says, without what is about Snakemake itself."""

_ABOUT_ITSELF = ("Using ", "WorkflowError", "  File ", "Exiting because a job", "Complete log")


def essence(message: str) -> str:
    """The lines of a message of Snakemake's that are for the user.

    >>> essence("Using profile x.\\nWorkflowError in file a, line 3:\\nnets: unknown net 'lstm'\\n")
    "nets: unknown net 'lstm'"
    """
    lines = [line for line in message.splitlines() if line.strip()]
    return "\n".join(line for line in lines if not line.startswith(_ABOUT_ITSELF))
