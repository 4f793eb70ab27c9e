"""assessor: watches a workstation, checks the work against a procedure, proposes marks with evidence."""

__version__ = "0.1.0"
