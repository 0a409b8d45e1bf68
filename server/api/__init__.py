"""Thin HTTP handlers, one file per noun; each exports `handlers`."""
