"""Rules that only the centre runs."""
