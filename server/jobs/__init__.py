"""Durable background work, in this process."""
