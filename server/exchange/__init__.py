"""Registers coming in and going out: spreadsheets, text tables, NetBox.

An import is `tables` (any file -> rows of text) → `mapping` (columns -> fields) → `plan` (rows -> drafts and a verdict per
row, pure) → `imports` (kept on disk, carried out by a job).
"""
