"""Documents: a signed statement, its photos and its signature, made into numbered PDFs that can be checked."""
