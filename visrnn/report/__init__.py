"""What people read: tables, pages, the summary of a study."""
