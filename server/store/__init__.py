"""The only place with SQL: connections, the writer, migrations, and one file per concern."""
