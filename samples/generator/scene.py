"""Everything that talks to Blender's scene: materials, primitives, camera, lights, rendering, ID masks.

World unit is the metre; every public length argument is in millimetres (mat frame).
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import bpy  # isort: skip  (bmesh and mathutils exist only after it)
import bmesh
import cv2
import numpy as np
from mathutils import Matrix, Vector
from picture import Array, Region

MM = 0.001


def reset() -> None:
    """Empty scene with a pale sky."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs[0].default_value = (0.75, 0.82, 0.9, 1)
    background.inputs[1].default_value = 0.35


def link(obj: Any) -> Any:
    """Put an object into the scene."""
    bpy.context.scene.collection.objects.link(obj)
    return obj


# ---- materials ------------------------------------------------------------------------
def material(name: str, colour: Sequence[float], rough: float = 0.5, metal: float = 0.0) -> Any:
    """Plain material of one colour."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.diffuse_color = (*colour, 1)  # Workbench previews
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = rough
    shader.inputs["Metallic"].default_value = metal
    return made


def image_material(name: str, path: Any, rough: float = 0.5) -> Any:
    """Material with a picture as its colour."""
    made = material(name, (0.6, 0.6, 0.6), rough)
    node = made.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(path))
    shader = made.node_tree.nodes["Principled BSDF"]
    made.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    return made


# ---- primitives -----------------------------------------------------------------------
def _mesh_object(name: str, bm: Any, mat: Any, at: Sequence[float]) -> Any:
    mesh = bpy.data.meshes.new(name)
    bm.to_mesh(mesh)
    bm.free()
    mesh.materials.append(mat)
    obj = link(bpy.data.objects.new(name, mesh))
    obj.location = Vector(at) * MM
    return obj


def _place(obj: Any, parent: Any, rot: Sequence[float] | None) -> Any:
    if rot:
        obj.rotation_euler = rot
    if parent:
        obj.parent = parent
    return obj


def box(  # noqa: PLR0913, PLR0917 - a primitive is its measures
    name: str,
    at: Sequence[float],
    size: Sequence[float],
    mat: Any,
    bevel: float = 1.0,
    parent: Any = None,
    rot: Sequence[float] | None = None,
) -> Any:
    """Box of `size` around `at`."""
    bm = bmesh.new()
    bmesh.ops.create_cube(bm, size=1)
    for v in bm.verts:
        v.co = Vector([c * s * MM for c, s in zip(v.co, size, strict=True)])
    if bevel:
        bmesh.ops.bevel(bm, geom=bm.edges[:], offset=bevel * MM, segments=2, profile=0.7, affect="EDGES")
    return _place(_mesh_object(name, bm, mat, at), parent, rot)


def cylinder(  # noqa: PLR0913, PLR0917 - a primitive is its measures
    name: str,
    at: Sequence[float],
    radius: float,
    depth: float,
    mat: Any,
    parent: Any = None,
    rot: Sequence[float] | None = None,
    sides: int = 24,
    top_radius: float | None = None,
    bevel: float = 0.0,
) -> Any:
    """Cylinder, or a cone with `top_radius`, along its own z around `at`."""
    bm = bmesh.new()
    top = radius if top_radius is None else top_radius
    bmesh.ops.create_cone(
        bm, cap_ends=True, segments=sides, radius1=radius * MM, radius2=top * MM, depth=depth * MM
    )
    obj = _place(_mesh_object(name, bm, mat, at), parent, rot)
    for p in obj.data.polygons:
        p.use_smooth = len(p.vertices) == 4
    if bevel:
        mod = obj.modifiers.new("bevel", "BEVEL")
        mod.width, mod.segments, mod.limit_method = bevel * MM, 2, "ANGLE"
    return obj


def plane(name: str, at: Sequence[float], size: Sequence[float], mat: Any) -> Any:
    """Flat rectangle facing up."""
    bpy.ops.mesh.primitive_plane_add(size=1)
    obj = bpy.context.object
    obj.name, obj.scale, obj.location = name, (size[0] * MM, size[1] * MM, 1), Vector(at) * MM
    obj.data.materials.append(mat)
    return obj


def label(body: str, at: Sequence[float], size: float, mat: Any, parent: Any = None) -> Any:
    """Printed text lying on a face."""
    curve = bpy.data.curves.new("label", "FONT")
    curve.body, curve.size = body, size * MM
    curve.align_x = curve.align_y = "CENTER"
    curve.materials.append(mat)
    obj = link(bpy.data.objects.new("label_" + body, curve))
    obj.location = Vector(at) * MM
    return _place(obj, parent, None)


def empty(name: str, at: Sequence[float] = (0, 0, 0), rotz: float = 0.0) -> Any:
    """Invisible parent that moves its parts together."""
    obj = link(bpy.data.objects.new(name, None))
    obj.location, obj.rotation_euler = Vector(at) * MM, (0, 0, rotz)
    return obj


def cable(name: str, points: Sequence[Any], radius: float, mat: Any) -> Any:
    """A round cable along a polyline of mm points."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius * MM, 2
    curve.use_fill_caps = True
    spline = curve.splines.new("POLY")
    spline.points.add(len(points) - 1)
    for p, co in zip(spline.points, points, strict=True):
        p.co = (*(Vector(co) * MM), 1)
    spline.use_smooth = True
    curve.materials.append(mat)
    return link(bpy.data.objects.new(name, curve))


def smooth_path(points: Sequence[Any], per_segment: int = 10) -> list[Array]:
    """Catmull-Rom through the given points."""
    p = [np.array(q, float) for q in points]
    p = [2 * p[0] - p[1], *p, 2 * p[-1] - p[-2]]
    out = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        for t in np.linspace(0, 1, per_segment, endpoint=False):
            square = (2 * a - 5 * b + 4 * c - d) * t**2
            out.append(0.5 * (2 * b + (c - a) * t + square + (3 * b - a - 3 * c + d) * t**3))
    return [*out, p[-2]]


def remove(obj: Any) -> None:
    """Take an object and its data out of Blender."""
    data = obj.data
    bpy.data.objects.remove(obj)
    if data is not None and data.users == 0:
        {"Curve": bpy.data.curves, "Mesh": bpy.data.meshes}[type(data).__name__].remove(data)


# ---- camera, lights -------------------------------------------------------------------
def _look_at(
    obj: Any, location: Sequence[float], target: Sequence[float], up: Sequence[float] = (0, 1, 0)
) -> None:
    at = Vector(location) * MM
    z = (at - Vector(target) * MM).normalized()
    x = Vector(up).cross(z).normalized()
    obj.matrix_world = Matrix.Translation(at) @ Matrix((x, z.cross(x), z)).transposed().to_4x4()


def add_camera(spec: dict[str, Any]) -> None:
    """The bench's camera; `picture.camera_matrices` gives the same one as K, R, t."""
    data = bpy.data.cameras.new("camera")
    data.angle, data.clip_start = math.radians(spec["hfov_deg"]), 0.01
    obj = link(bpy.data.objects.new("camera", data))
    _look_at(obj, spec["location"], spec["target"])
    bpy.context.scene.camera = obj


def area_light(spec: dict[str, Any]) -> None:
    """A ceiling panel."""
    data = bpy.data.lights.new("area", "AREA")
    data.shape, data.size, data.size_y = "RECTANGLE", spec["size"] * MM, spec["size"] * MM * 0.35
    data.energy, data.color = spec["power"], spec["colour"]
    obj = link(bpy.data.objects.new("area", data))
    _look_at(obj, spec["location"], (0, 0, 0), (0, 1, 0.01))


# ---- rendering ------------------------------------------------------------------------
def use_cycles(width: int, height: int, samples: int) -> None:
    """Path tracing on the CPU with OpenImageDenoise."""
    sc = bpy.context.scene
    r, c = sc.render, sc.cycles
    r.engine, r.resolution_x, r.resolution_y, r.resolution_percentage = "CYCLES", width, height, 100
    c.device, c.samples, c.use_denoising = "CPU", samples, True
    c.denoiser, c.denoising_quality, c.denoising_prefilter = "OPENIMAGEDENOISE", "FAST", "FAST"
    c.max_bounces, c.diffuse_bounces, c.glossy_bounces = 4, 2, 2
    c.transmission_bounces, c.transparent_max_bounces = 2, 4
    c.caustics_reflective = c.caustics_refractive = False
    c.sample_clamp_indirect, r.use_persistent_data = 4, True
    sc.view_settings.view_transform = "Standard"
    r.image_settings.file_format = "PNG"
    r.image_settings.compression = 30


def use_preview(width: int, height: int) -> None:
    """Flat shading for a look at the motion."""
    sc = bpy.context.scene
    sc.render.resolution_x, sc.render.resolution_y = width, height
    sc.render.engine = "BLENDER_WORKBENCH"
    sc.display.shading.light, sc.display.shading.color_type = "STUDIO", "MATERIAL"


def render(path: Any, region: Region | None = None, samples: int | None = None) -> None:
    """Render to PNG; region = (x0, y0, x1, y1) px, origin top left, renders only that crop."""
    r = bpy.context.scene.render
    w, h = r.resolution_x, r.resolution_y
    if samples:
        bpy.context.scene.cycles.samples = samples
    r.use_border = r.use_crop_to_border = region is not None
    if region is not None:
        x0, y0, x1, y1 = region
        r.border_min_x, r.border_max_x = (x0 + 0.01) / w, (x1 + 0.01) / w
        r.border_min_y, r.border_max_y = (h - y1 + 0.01) / h, (h - y0 + 0.01) / h
    r.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    r.use_border = False


def object_points(objects: Iterable[Any], stride: int = 23) -> Array:
    """Sampled world points (mm) of the evaluated objects."""
    graph = bpy.context.evaluated_depsgraph_get()
    out = []
    for obj in objects:
        evaluated = obj.evaluated_get(graph)
        local = _local_points(obj, evaluated, stride)
        if local is not None:
            m = np.array(evaluated.matrix_world)
            out.append((local @ m[:3, :3].T + m[:3, 3]) / MM)
    return np.concatenate(out) if out else np.zeros((0, 3))


def _local_points(obj: Any, evaluated: Any, stride: int) -> Array | None:
    if obj.type == "MESH" and len(evaluated.data.vertices) > 200:
        flat = np.empty(len(evaluated.data.vertices) * 3, "f")
        evaluated.data.vertices.foreach_get("co", flat)
        return flat.reshape(-1, 3)[::stride]
    if obj.type == "CURVE":  # bound boxes of fresh curves are not reliable
        return np.array([list(p.co)[:3] for s in obj.data.splines for p in s.points])
    if obj.type in ("MESH", "FONT"):
        return np.array([list(c) for c in evaluated.bound_box])
    return None


def id_mask(groups: dict[str, list[Any]], path: Any) -> tuple[Array, dict[str, int]]:
    """Exact instance labels by a flat Workbench pass. groups: name -> objects.

    Returns the uint8 map and name -> id. Needs an OpenGL context.
    """
    sc = bpy.context.scene
    engine, view = sc.render.engine, sc.view_settings.view_transform
    sc.render.engine, sc.view_settings.view_transform = "BLENDER_WORKBENCH", "Raw"
    d = sc.display
    d.shading.light, d.shading.color_type, d.render_aa = "FLAT", "OBJECT", "OFF"
    d.shading.show_shadows = d.shading.show_cavity = d.shading.show_object_outline = False
    sc.render.dither_intensity = 0
    for obj in bpy.data.objects:
        obj.color = (0, 0, 0, 1)
    ids = {name: i for i, name in enumerate(groups, 1)}
    for name, objects in groups.items():
        for obj in objects:
            obj.color = (ids[name] / 255, 0, 0, 1)
    render(path)
    sc.render.engine, sc.view_settings.view_transform = engine, view
    return cv2.imread(str(path))[..., 2], ids
