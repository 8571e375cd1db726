"""The figures, a module each. All of matplotlib is here."""
