"""The models that `see.py` looks with, opened once: they keep nothing of a picture or a bench."""

from dataclasses import dataclass

from assessor import models
from assessor.settings import models_folder
from assessor.vision.hand_models import HandNetworks
from assessor.vision.objects import ObjectDetector, read_classes
from assessor.vision.pose import PoseNetworks


@dataclass(slots=True)
class Networks:
    """The models, without anything of a bench: the eyes of several benches may share them in one thread."""

    detector: ObjectDetector
    hands: HandNetworks
    _pose: PoseNetworks | None = None

    @property
    def pose(self) -> PoseNetworks:
        """Opened when the first camera sees its worker."""
        if self._pose is None:
            self._pose = PoseNetworks(models.path_of("pose_landmarker"))
        return self._pose


def load_networks() -> Networks:
    """The shipped and fetched models. ModelError says which one is missing or altered."""
    detector = ObjectDetector(models.path_of("detector"), read_classes(models_folder() / "classes.yaml"))
    return Networks(detector, HandNetworks(models.path_of("hand_landmarker")))
