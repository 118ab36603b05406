"""Who is written to."""
