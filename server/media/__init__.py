"""Blobs and photos: store them whole, check them, derive what people see."""
