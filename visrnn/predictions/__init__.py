"""The predictions table, on which all models meet, and what compares models by it alone."""
