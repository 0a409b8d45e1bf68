"""A believable customer for trials: what `sitebook init --demo` puts into an empty store."""

from server.demo.seed import seed

__all__ = ["seed"]
