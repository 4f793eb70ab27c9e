"""Makes a poseable hand out of the WebXR generic-hand mesh: finger chains, fine mesh, paint, forearm."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy  # isort: skip  (bmesh and mathutils exist only after it)
import bmesh
import numpy as np
import scene
from mathutils import Vector
from picture import Array

ASSETS = Path(__file__).parent / "assets" / "hand"
FINGERS = ["thumb", "index-finger", "middle-finger", "ring-finger", "pinky-finger"]
PHALANXES = ("-metacarpal", "-phalanx-proximal", "-phalanx-intermediate", "-phalanx-distal", "-tip")
SIDES = 28  # of a forearm ring
# rings of a tube around the arm: metres behind the wrist, width and height relative to the wrist
FOREARM = [
    (-0.014, 0.9, 0.9),
    (-0.004, 0.985, 0.985),
    (0.006, 0.99, 1),
    (0.02, 0.98, 1.02),
    (0.06, 1.1, 1.1),
    (0.12, 1.25, 1.3),
]
STRAP = [
    (-0.011, 0.95, 0.95),
    (-0.0115, 1.09, 1.1),
    (-0.009, 1.11, 1.13),
    (0.006, 1.11, 1.13),
    (0.0085, 1.09, 1.1),
    (0.008, 0.95, 0.95),
]
# of a glove, with a hem; it ends before the sleeve begins
CUFF = [
    (-0.012, 0.98, 0.98),
    (-0.008, 1.1, 1.14),
    (0.012, 1.12, 1.16),
    (0.038, 1.16, 1.2),
    (0.041, 1.24, 1.3),
    (0.046, 1.24, 1.3),
    (0.047, 1.0, 1.0),
]


def chain(finger: str) -> list[str]:
    """Bones of a finger from the palm to the tip."""
    if finger == "thumb":
        return ["thumb-metacarpal", "thumb-phalanx-proximal", "thumb-phalanx-distal", "thumb-tip"]
    return [finger + part for part in PHALANXES]


@dataclass
class HandFrame:
    """Rig and mesh with the hand's own directions: wrist to fingers, across the palm, out of the palm."""

    rig: Any
    mesh: Any
    heads: dict[str, Any]
    forward: Any = field(init=False)
    across: Any = field(init=False)
    palm: Any = field(init=False)

    def __post_init__(self) -> None:
        head = self.heads
        knuckle = head["middle-finger-phalanx-proximal"]
        self.forward = (knuckle - head["wrist"]).normalized()
        across = head["index-finger-phalanx-proximal"] - head["pinky-finger-phalanx-proximal"]
        self.across = (across - across.dot(self.forward) * self.forward).normalized()
        palm = self.forward.cross(self.across).normalized()
        self.palm = palm if (head["middle-finger-tip"] - knuckle).dot(palm) > 0 else -palm


def load_hand(side: str) -> HandFrame:
    """Import the mesh of one side and give it finger chains."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(ASSETS / f"{side}.glb"))
    new = [o for o in bpy.data.objects if o not in before]
    rig = next(o for o in new if o.type == "ARMATURE")
    mesh = next(o for o in new if o.type == "MESH" and len(o.vertex_groups))
    for obj in new:
        if obj not in (rig, mesh):
            bpy.data.objects.remove(obj)
    hand = HandFrame(rig, mesh, {b.name: b.head_local.copy() for b in rig.data.bones})
    _chain_bones(hand)
    return hand


def _chain_bones(hand: HandFrame) -> None:
    """The GLB has a flat armature: give it finger chains whose +X rotation flexes towards the palm."""
    bpy.context.view_layer.objects.active = hand.rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = hand.rig.data.edit_bones
    for finger in FINGERS:
        names = chain(finger)
        for i, name in enumerate(names):
            bones[name].parent = bones["wrist" if i == 0 else names[i - 1]]
            bones[name].use_connect = False
        toward = (-hand.across * 0.8 + hand.palm * 0.6).normalized() if finger == "thumb" else hand.palm
        for i, name in enumerate(names):
            if i + 1 < len(names):
                d = hand.heads[names[i + 1]] - hand.heads[name]
            else:
                d = (hand.heads[name] - hand.heads[names[i - 1]]).normalized() * 0.008
            bones[name].tail = bones[name].head + d
            d = d.normalized()
            bones[name].align_roll((toward - toward.dot(d) * d).normalized())
    bones["wrist"].tail = bones["wrist"].head + hand.forward * 0.06
    bones["wrist"].align_roll(hand.palm)
    bpy.ops.object.mode_set(mode="OBJECT")


# ---- mesh -------------------------------------------------------------------------------
def refine_mesh(hand: HandFrame, skin: Any, levels: int = 2) -> None:
    """Open the wrist, subdivide, paint."""
    mesh = hand.mesh
    _cut_wrist_cap(hand)
    for p in mesh.data.polygons:
        p.use_smooth = True
    normals = mesh.data.attributes.get("custom_normal")
    if normals:
        mesh.data.attributes.remove(normals)
    mesh.data.materials.clear()
    mesh.data.materials.append(skin)
    mod = mesh.modifiers.new("subdivide", "SUBSURF")
    mod.levels = mod.render_levels = levels
    bpy.context.view_layer.objects.active = mesh
    while mesh.modifiers[0] != mod:
        bpy.ops.object.modifier_move_up(modifier="subdivide")
    bpy.ops.object.modifier_apply(modifier="subdivide")
    paint_detail(hand)


def _cut_wrist_cap(hand: HandFrame) -> None:
    bm = bmesh.new()
    bm.from_mesh(hand.mesh.data)
    bmesh.ops.remove_doubles(bm, verts=bm.verts, dist=1e-5)
    along = {v: (v.co - hand.heads["wrist"]).dot(hand.forward) for v in bm.verts}
    low = min(along.values())
    cap = [v for v in bm.verts if along[v] < low + 0.0075]
    bmesh.ops.delete(bm, geom=cap, context="VERTS")
    bm.to_mesh(hand.mesh.data)
    bm.free()


def _vertices(mesh: Any, kind: str = "co") -> Array:
    flat = np.empty(len(mesh.data.vertices) * 3, "f")
    mesh.data.vertices.foreach_get(kind, flat)
    return flat.reshape(-1, 3)


class _Paint:
    """Painted values per vertex of the hand, in the rig's space."""

    def __init__(self, hand: HandFrame) -> None:
        self.hand, self.bones = hand, hand.rig.data.bones
        to_rig = np.array(hand.rig.matrix_world.inverted() @ hand.mesh.matrix_world)
        self.raw, self.normal = _vertices(hand.mesh), _vertices(hand.mesh, "normal")
        self.at = self.raw @ to_rig[:3, :3].T + to_rig[:3, 3]
        self.red, self.crease, self.nail, self.lift = (np.zeros(len(self.at)) for _ in range(4))
        self.back = np.clip(-(self.normal @ np.array(hand.palm)), 0, 1)

    def tip(self, finger: str, joint: str, last_bone: str) -> None:
        """A red fingertip with a nail and its bed."""
        offset = self.at - np.array(self.hand.heads[joint])
        d = np.linalg.norm(offset, axis=1)
        self.red = np.maximum(self.red, 0.8 * np.exp(-((d / 0.012) ** 2)))
        bone = self.bones[last_bone]
        axis = np.array((bone.tail_local - bone.head_local).normalized())
        dorsal = -np.array(bone.matrix_local.to_3x3().col[2])
        half = 0.0075 if finger == "thumb" else 0.0055
        e = ((offset @ axis + 0.0035) / 0.0065) ** 2 + (offset @ np.cross(axis, dorsal) / half) ** 2
        top = (offset @ dorsal > 0) & (self.normal @ dorsal > 0.2)
        self.nail = np.maximum(self.nail, np.where(top, np.clip((1 - e) * 4, 0, 1), 0))
        self.crease = np.maximum(self.crease, np.where(top, 0.8 * np.exp(-(((e - 1) / 0.25) ** 2)), 0))

    def knuckle(self, joint: str, creased: bool) -> None:
        """A red knuckle, with three creases across it."""
        offset = self.at - np.array(self.hand.heads[joint])
        d = np.linalg.norm(offset, axis=1)
        self.red = np.maximum(self.red, 0.75 * np.exp(-((d / 0.011) ** 2)))
        if not creased:
            return
        bone = self.bones[joint]
        u = offset @ np.array((bone.tail_local - bone.head_local).normalized())
        for shift in (-0.003, 0, 0.003):
            line = 0.8 * np.exp(-((d / 0.013) ** 2)) * np.exp(-(((u - shift) / 0.0008) ** 2))
            self.crease = np.maximum(self.crease, line)

    def tendon(self, finger: str) -> None:
        """A raised tendon and knuckle on the back of the hand."""
        a, b = (np.array(self.hand.heads[finger + s]) for s in ("-metacarpal", "-phalanx-proximal"))
        length = np.linalg.norm(b - a)
        axis = (b - a) / length
        side = np.cross(axis, np.array(self.hand.palm))
        u, v = (self.at - a) @ axis / length, (self.at - a) @ side / np.linalg.norm(side)
        self.lift += self.back * np.exp(-((v / 0.0035) ** 2)) * np.clip(u, 0, 1) * (u < 1.05) * 0.0012
        self.lift += self.back * np.exp(-((np.linalg.norm(self.at - b, axis=1) / 0.012) ** 2)) * 0.0015

    def write(self) -> None:
        mesh = self.hand.mesh.data
        for name, values in (("red", self.red), ("crease", self.crease), ("nail", self.nail)):
            mesh.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values.astype("f"))
        moved = self.raw + self.normal * (self.lift - self.nail * 0.0004)[:, None]
        mesh.vertices.foreach_set("co", moved.ravel().astype("f"))
        mesh.update()


def paint_detail(hand: HandFrame) -> None:
    """Knuckle redness, creases and nails as attributes; tendons and knuckles as small displacement."""
    paint = _Paint(hand)
    for finger in FINGERS:
        names = chain(finger)
        for k, joint in enumerate(names[1:]):
            if joint.endswith("tip"):
                paint.tip(finger, joint, names[-2])
            else:
                paint.knuckle(joint, creased=k >= 1 or finger == "thumb")
        if finger != "thumb":
            paint.tendon(finger)
    paint.write()


# ---- forearm ------------------------------------------------------------------------------
class ArmTubes:
    """Makes tubes around the arm behind the wrist: forearm, strap, sleeve."""

    def __init__(self, hand: HandFrame) -> None:
        self.hand = hand
        at = _vertices(hand.mesh)
        u = (at - np.array(hand.heads["wrist"])) @ np.array(hand.forward)
        ring = at[u < u.min() + 0.012]
        self.centre = Vector(ring.mean(0))
        spread = ring - np.array(self.centre)
        self.half = [np.ptp(spread @ np.array(v)) / 2 for v in (hand.across, hand.palm)]

    def make(self, name: str, rings: Sequence[tuple[float, float, float]], mat: Any) -> Any:
        """One closed tube through the rings, moving with the wrist."""
        mesh = self._mesh(name, rings)
        mesh.materials.append(mat)
        obj = scene.link(bpy.data.objects.new(name, mesh))
        obj.parent = self.hand.rig
        obj.vertex_groups.new(name="wrist").add(list(range(len(mesh.vertices))), 1, "ADD")
        obj.modifiers.new("rig", "ARMATURE").object = self.hand.rig
        mod = obj.modifiers.new("smooth", "SUBSURF")
        mod.levels = mod.render_levels = 1
        return obj

    def _mesh(self, name: str, rings: Sequence[tuple[float, float, float]]) -> Any:
        bm, previous = bmesh.new(), []
        for ring in rings:
            verts = [bm.verts.new(p) for p in self._ring(*ring)]
            for i in range(SIDES if previous else 0):
                j = (i + 1) % SIDES
                bm.faces.new((previous[i], previous[j], verts[j], verts[i]))
            previous = verts
        bm.faces.new(previous)
        bmesh.ops.recalc_face_normals(bm, faces=bm.faces)
        mesh = bpy.data.meshes.new(name)
        bm.to_mesh(mesh)
        bm.free()
        for p in mesh.polygons:
            p.use_smooth = True
        return mesh

    def _ring(self, back: float, wide: float, high: float) -> list[Any]:
        hand, (a, b) = self.hand, self.half
        c = self.centre - hand.forward * back
        turns = np.linspace(0, 2 * math.pi, SIDES, endpoint=False)
        return [c + hand.across * a * wide * math.cos(t) + hand.palm * b * high * math.sin(t) for t in turns]


def sleeve_rings(start: float = 0.058, end: float = 0.46) -> list[tuple[float, float, float]]:
    """A hem and a widening, slightly uneven sleeve."""
    rng = random.Random(3)
    rings = [
        (start, 1.15, 1.2),
        (start - 0.002, 1.28, 1.38),
        (start + 0.008, 1.32, 1.42),
        (start + 0.03, 1.3, 1.4),
    ]
    for back in np.linspace(start + 0.05, end, 10):
        k = 1.32 + 0.35 * (back - start) / (end - start) + rng.uniform(-0.04, 0.04)
        rings.append((float(back), k, k * 1.08))
    return rings
