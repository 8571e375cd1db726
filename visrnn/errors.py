"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Bad input, told in one line: what is wrong, what was expected, what was found, what to do."""
