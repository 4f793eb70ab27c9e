"""Pictures of a bench that is being watched → what may be kept of them, by the pose that vision finds."""

from assessor import models
from assessor.bench import Bench
from assessor.masks import Masks
from assessor.types import CameraPose, Frame, Image
from assessor.vision.faces import FaceFinder


class LiveMask:
    """Called with each picture, from one thread. While `pose` is None nothing of a picture is kept.

    Whoever watches the bench sets `pose` whenever the camera is found to stand elsewhere, or is not found.
    """

    def __init__(self, bench: Bench) -> None:
        """ModelError without the face finder."""
        self.pose: CameraPose | None = None
        self._masks = Masks(bench, (), FaceFinder(models.path_of("face_finder")))

    def __call__(self, frame: Frame) -> Image:
        """The masked picture."""
        return self._masks.mask(frame.image, self.pose, frame.t_s)
