"""Character-level recurrent nets: train them, compare them with n-grams, and look inside."""

__version__ = "0.1.0"
