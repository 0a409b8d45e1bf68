"""The record kinds, each defined once. `KINDS` maps a kind's name to its struct and rules."""

from sync.model import assets, documents, inspections, people, places, trust
from sync.model.fields import FieldInfo, Kind, infos

KINDS: dict[str, Kind] = {
    kind.name: kind for module in (places, assets, inspections, documents, people, trust) for kind in module.KINDS
}

FIELDS: dict[str, dict[str, FieldInfo]] = {name: infos(kind) for name, kind in KINDS.items()}
"""Kind name -> field name -> FieldInfo."""

__all__ = ["FIELDS", "KINDS", "FieldInfo", "Kind"]
