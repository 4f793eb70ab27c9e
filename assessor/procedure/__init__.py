"""The procedure language: what a procedure file may say, and how it is read and checked."""

from assessor.procedure.load import (
    Procedure,
    faults_against,
    faults_in,
    load_procedure,
    one_handed,
    probe_pairs,
)

__all__ = ["Procedure", "faults_against", "faults_in", "load_procedure", "one_handed", "probe_pairs"]
