"""A hand that can be posed: fingers by joint angles, the pinch point at a place; gives 21 joints as truth."""

import math
from collections.abc import Sequence
from typing import Any

import bpy  # isort: skip  (mathutils exists only after it)
import numpy as np
import scene
from hand_mesh import CUFF, FINGERS, FOREARM, STRAP, ArmTubes, chain, load_hand, refine_mesh, sleeve_rings
from hand_skin import cloth_material
from mathutils import Matrix, Quaternion, Vector
from picture import Array

MEDIAPIPE_BONES = ["wrist", *chain("thumb"), *(bone for f in FINGERS[1:] for bone in chain(f)[1:])]

# finger: flexion of the three joints and spread; thumb: flexion, abduction, flexion, flexion (degrees)
_ANGLES = {
    "open": [(0, 0, 0, 0), (0, 2, 2, 5), (0, 2, 2, 0), (2, 4, 3, -4), (3, 5, 4, -9)],
    "relaxed": [(8, 0, 8, 10), (12, 18, 12, 2), (18, 24, 15, 0), (22, 28, 18, -2), (26, 30, 20, -5)],
    "pinch": [(22, 0, 14, 22), (38, 38, 22, 0), (40, 48, 28, 0), (45, 55, 32, -1), (48, 58, 34, -3)],
    "driver": [(24, 0, 18, 25), (30, 42, 25, 0), (44, 56, 32, 0), (54, 66, 38, -1), (58, 70, 40, -3)],
    "point": [(26, 0, 20, 25), (6, 8, 6, 0), (46, 62, 38, 0), (54, 70, 42, 0), (58, 70, 42, 0)],
    "flat": [(4, 0, 4, 6), (4, 8, 6, 2), (4, 8, 6, 0), (5, 9, 7, -2), (6, 10, 8, -5)],
}
POSES = {name: np.array(angles, float) for name, angles in _ANGLES.items()}


def _turn(axis: Sequence[float], degrees: float) -> Any:
    return Quaternion(axis, math.radians(degrees))


class Hand:
    """One hand with forearm, sleeve and (unless `strap` is off) an ESD wrist strap, which hides the seam."""

    def __init__(self, side: str, skin: Any, sleeve_colour: Sequence[float], strap: bool = True) -> None:
        self.sign = 1 if side == "right" else -1
        self.frame = load_hand(side)
        self.rig, self.mesh = self.frame.rig, self.frame.mesh
        refine_mesh(self.frame, skin)
        self._tubes = tubes = ArmTubes(self.frame)
        self.forearm = tubes.make("forearm", FOREARM, skin)
        self.strap: list[Any] = []
        if strap:
            black = scene.material("strap", (0.02, 0.022, 0.03), 0.8)
            self.strap = [tubes.make("strap", STRAP, black)]
        self.sleeve = tubes.make("sleeve", sleeve_rings(), cloth_material(sleeve_colour))
        self.objects = [self.mesh, self.forearm, self.sleeve, *self.strap]
        for bone in self.rig.pose.bones:
            bone.rotation_mode = "QUATERNION"

    def wear_glove(self, colour: Sequence[float], thick_mm: float) -> None:
        """Cover skin, nails and wrist with a glove; nothing takes it off again."""
        cloth = cloth_material(colour)
        self.mesh.data.materials[0] = cloth
        thicker = self.mesh.modifiers.new("glove", "DISPLACE")
        thicker.mid_level, thicker.strength = 0, thick_mm * scene.MM
        self.objects.append(self._tubes.make("cuff", CUFF, cloth))

    def show(self, visible: bool) -> None:
        """Take the hand into or out of the picture."""
        for obj in self.objects:
            obj.hide_render = not visible

    def _pose_fingers(self, angles: Array) -> None:
        bones = self.rig.pose.bones
        for finger, (a, b, c, spread) in zip(FINGERS[1:], angles[1:], strict=True):
            _, first, second, third, _ = chain(finger)
            bones[first].rotation_quaternion = _turn((0, 0, 1), spread * self.sign) @ _turn((1, 0, 0), a)
            bones[second].rotation_quaternion = _turn((1, 0, 0), b)
            bones[third].rotation_quaternion = _turn((1, 0, 0), c)
        a, abduct, b, c = angles[0]
        first, second, third, _ = chain("thumb")
        bones[first].rotation_quaternion = _turn((0, 0, 1), abduct * self.sign) @ _turn((1, 0, 0), a)
        bones[second].rotation_quaternion = _turn((1, 0, 0), b)
        bones[third].rotation_quaternion = _turn((1, 0, 0), c)

    def place(self, pose: Any) -> None:
        """Put the pinch point at the pose's anchor (mm); see `motion.Pose` for the fields.

        The pinch point is the middle of thumb and index; for tip_weight 1 it is the index tip.
        """
        self._pose_fingers(pose.fingers)
        rotation = self._rotation(Vector(pose.forward).normalized(), math.radians(pose.roll))
        self.rig.matrix_world = rotation
        bpy.context.view_layer.update()
        thumb, tip = (rotation @ self.rig.pose.bones[n].head for n in ("thumb-tip", "index-finger-tip"))
        pinch = ((thumb + tip) / 2).lerp(tip, pose.tip_weight)
        self.rig.matrix_world = Matrix.Translation(Vector(pose.anchor) * scene.MM - pinch) @ rotation
        bpy.context.view_layer.update()

    def _rotation(self, forward: Any, roll: float) -> Any:
        down = Vector((math.sin(roll) * self.sign, 0.15, math.cos(roll)))
        down = (down - down.dot(forward) * forward).normalized()
        own, palm = self.frame.forward, -self.frame.palm
        rest = Matrix((own, palm, own.cross(palm))).transposed()
        goal = Matrix((forward, down, forward.cross(down))).transposed()
        return (goal @ rest.inverted()).to_4x4()

    def joints(self) -> Array:
        """21 joints in mm, MediaPipe order."""
        heads = [list(self.rig.matrix_world @ self.rig.pose.bones[n].head) for n in MEDIAPIPE_BONES]
        return np.array(heads) / scene.MM
