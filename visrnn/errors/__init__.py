"""Which errors a model makes, what would remove them, and how models differ in them."""
