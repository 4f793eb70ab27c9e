"""Materials of the hand: skin with mottling, knuckles, nails and creases; the cloth of the sleeve."""

from collections.abc import Sequence
from typing import Any

import scene

# painted attribute of the mesh -> how far its tint replaces the skin's
TINTS = (("red", 0.55), ("nail", 1.0), ("crease", 0.6))


def skin_material(colour: Sequence[float]) -> Any:
    """Skin of one base colour; reads the attributes that `hand_mesh.paint_detail` wrote."""
    made = scene.material("skin", colour, 0.48)
    nodes = _Nodes(made)
    shader = nodes.shader
    shader.inputs["Subsurface Weight"].default_value = 0.08
    shader.inputs["Subsurface Radius"].default_value = (1, 0.35, 0.2)
    shader.inputs["Subsurface Scale"].default_value = 0.006
    shader.inputs["Specular IOR Level"].default_value = 0.35
    mottle = nodes.noise("ShaderNodeTexNoise", 45)
    pores = nodes.noise("ShaderNodeTexVoronoi", 900)
    grain = nodes.noise("ShaderNodeTexNoise", 260)
    base = nodes.new("ShaderNodeMix")
    base.data_type = "RGBA"
    nodes.link(mottle.outputs["Fac"], base.inputs[0])
    mixes, attribute = _tint_mixes(nodes, base)
    nodes.link(mixes[-1].outputs[2], shader.inputs["Base Color"])
    _skin_bump(nodes, pores.outputs["Distance"], grain.outputs["Fac"], attribute.outputs["Fac"])
    _tint(mixes, colour)
    made.diffuse_color = (*colour, 1)
    return made


def cloth_material(colour: Sequence[float]) -> Any:
    """Creased cloth."""
    made = scene.material("cloth", colour, 0.9)
    nodes = _Nodes(made)
    noise, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
    coords = nodes.new("ShaderNodeTexCoord")
    noise.inputs["Scale"].default_value = 30
    bump.inputs["Distance"].default_value, bump.inputs["Strength"].default_value = 0.01, 0.6
    nodes.link(coords.outputs["Object"], noise.inputs["Vector"])
    nodes.link(noise.outputs["Fac"], bump.inputs["Height"])
    nodes.link(bump.outputs[0], nodes.shader.inputs["Normal"])
    return made


class _Nodes:
    """Shader nodes of one material."""

    def __init__(self, material: Any) -> None:
        tree = material.node_tree
        self.new, self.link = tree.nodes.new, tree.links.new
        self.shader = tree.nodes["Principled BSDF"]
        self._coords: Any = None

    def noise(self, kind: str, scale: float) -> Any:
        self._coords = self._coords or self.new("ShaderNodeTexCoord")
        node = self.new(kind)
        node.inputs["Scale"].default_value = scale
        self.link(self._coords.outputs["Object"], node.inputs["Vector"])
        return node

    def math(self, operation: str, value: float, socket: Any) -> Any:
        node = self.new("ShaderNodeMath")
        node.operation, node.inputs[1].default_value = operation, value
        self.link(socket, node.inputs[0])
        return node


def _tint_mixes(nodes: _Nodes, base: Any) -> tuple[list[Any], Any]:
    """One mix per tint on top of `base`; returns all mixes and the last attribute (the creases)."""
    mixes, attribute = [base], None
    for name, amount in TINTS:
        attribute = nodes.new("ShaderNodeAttribute")
        attribute.attribute_name = name
        mix = nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        nodes.link(nodes.math("MULTIPLY", amount, attribute.outputs["Fac"]).outputs[0], mix.inputs[0])
        nodes.link(mixes[-1].outputs[2], mix.inputs[6])
        mixes.append(mix)
    return mixes, attribute


def _skin_bump(nodes: _Nodes, pores: Any, grain: Any, crease: Any) -> None:
    height = nodes.new("ShaderNodeMath")
    height.operation = "ADD"
    nodes.link(pores, height.inputs[0])
    nodes.link(grain, height.inputs[1])
    dent = nodes.math("MULTIPLY_ADD", -2.5, crease)
    nodes.link(height.outputs[0], dent.inputs[2])
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value, bump.inputs["Distance"].default_value = 0.25, 0.0006
    nodes.link(dent.outputs[0], bump.inputs["Height"])
    nodes.link(bump.outputs[0], nodes.shader.inputs["Normal"])


def _tint(mixes: Sequence[Any], c: Sequence[float]) -> None:
    base, red, nail, crease = mixes
    base.inputs[6].default_value = (*[v * 0.82 for v in c], 1)
    base.inputs[7].default_value = (*[min(1, v * 1.12) for v in c], 1)
    red.inputs[7].default_value = (min(1, c[0] * 1.08), c[1] * 0.68, c[2] * 0.62, 1)
    nail.inputs[7].default_value = (min(1, c[0] * 1.25), min(1, c[1] * 1.25), min(1, c[2] * 1.35), 1)
    crease.inputs[7].default_value = (c[0] * 0.6, c[1] * 0.5, c[2] * 0.45, 1)
