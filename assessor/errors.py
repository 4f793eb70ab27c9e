"""Every error a user may meet.

AssessorError
├── InputError      a recording, photo or other input file cannot be used
├── RuleFileError   a bench or procedure file has faults (all of them, each with file:line:column)
├── ModelError      a model file is missing, altered or does not fit
├── SightError      the bench cannot be seen (no markers, wrong camera)
└── StoreError      results could not be stored or found

A message says what was expected, what came and what to do.
"""


class AssessorError(Exception):
    """Base of all errors that are shown to a user. `exit_code` is what the command line returns."""

    exit_code = 1


class InputError(AssessorError):
    """An input file cannot be used."""

    exit_code = 3


class ModelError(AssessorError):
    """A model file is missing, altered or does not fit."""

    exit_code = 4


class SightError(AssessorError):
    """The bench cannot be seen well enough to say anything."""

    exit_code = 5


class StoreError(AssessorError):
    """Results could not be stored or found."""

    exit_code = 6
