"""Rule files become pydantic models that know where each part stands, or every fault as `file:line:col`."""

from assessor.located_yaml.load import Located, Pinned, Place, key_names, load

__all__ = ["Located", "Pinned", "Place", "key_names", "load"]
