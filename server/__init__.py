"""The centre: HTTP, store, documents, labels, people."""
