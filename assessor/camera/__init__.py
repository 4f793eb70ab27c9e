"""Camera: a video file becomes `Frame`s, a photo becomes an `Image`; the first stage of the flow."""

from assessor.camera.photo import read_photo
from assessor.camera.probe import Recording, probe
from assessor.camera.source import FileSource

__all__ = ["FileSource", "Recording", "probe", "read_photo"]
