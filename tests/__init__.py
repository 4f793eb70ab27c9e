"""Tests mirror the modules; builders, not mocks of our own code."""
