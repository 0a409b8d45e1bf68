"""What phones and centre agree on: record kinds, ops, chain, merge, wire, statement.

Pure: standard library and msgspec only; no I/O, no wall clock, no SQL. `docs/protocol.md` is the specification of these bytes.
"""
