"""One workstation: camera, markers, devices, terminals, zones and indicators, read from its file."""

from assessor.bench.bench import MARKER_COUNTS, Bench, CameraModel, Device, Indicator, Zone, load_bench

__all__ = ["MARKER_COUNTS", "Bench", "CameraModel", "Device", "Indicator", "Zone", "load_bench"]
