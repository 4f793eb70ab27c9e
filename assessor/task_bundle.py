"""Makes MediaPipe `.task` files out of `.tflite` files, the same bytes everywhere (serves `models.py`).

Takes the bytes of the members, gives the bytes of the bundle. The `.tflite` files of the pose models carry
no input normalisation, which MediaPipe Tasks insists on: it is added as TFLite metadata.
"""

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

_UNIX = 3
_ALIGNMENT = 64
_LOCAL_HEADER = 30  # bytes of a zip entry before its name
_EXTRA_HEADER = 4
_PADDING_ID = 0xD935  # the extra field that `zipalign` uses
_OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_METADATA_NAME = "TFLITE_METADATA"
_PARSER_VERSION = "1.0.0"  # first TFLite metadata parser that knows NormalizationOptions


def bundle(members: Mapping[str, bytes]) -> bytes:
    """An uncompressed zip whose bytes depend on nothing but `members` and their order.

    Each member begins at a multiple of 64 bytes, as `zipalign` does it: MediaPipe maps the file, and a tensor
    at an odd place has to be copied first.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, date_time=_OLDEST_ZIP_TIME)
            entry.create_system = _UNIX  # else the bytes differ between Windows and the rest
            header = buffer.tell() + _LOCAL_HEADER + len(name) + _EXTRA_HEADER
            padding = -header % _ALIGNMENT
            entry.extra = struct.pack("<HH", _PADDING_ID, padding) + bytes(padding)
            archive.writestr(entry, content)
    return buffer.getvalue()


def with_normalization(model: bytes, mean: float, std: float) -> bytes:
    """`model` (TFLite, one image input) with metadata that says: input = (pixel - mean) / std."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as tflite

    parsed = tflite.ModelT.InitFromObj(tflite.Model.GetRootAsModel(model, 0))
    outputs = len(parsed.subgraphs[0].outputs)
    content = tflite.BufferT()
    content.data = _metadata(mean, std, outputs)
    entry = tflite.MetadataT()
    entry.name, entry.buffer = _METADATA_NAME, len(parsed.buffers)
    parsed.buffers = [*parsed.buffers, content]
    parsed.metadata = [*(parsed.metadata or []), entry]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(parsed.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(mean: float, std: float, outputs: int) -> Any:
    """Model metadata as MediaPipe reads it: one RGB image in, `outputs` plain tensors out."""
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    unit = schema.ProcessUnitT()
    unit.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    unit.options = schema.NormalizationOptionsT()
    unit.options.mean, unit.options.std = [mean], [std]
    image = schema.TensorMetadataT()
    image.content = schema.ContentT()
    image.content.contentPropertiesType = schema.ContentProperties.ImageProperties
    image.content.contentProperties = schema.ImagePropertiesT()
    image.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
    image.processUnits = [unit]
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [image]
    graph.outputTensorMetadata = [schema.TensorMetadataT() for _ in range(outputs)]
    model = schema.ModelMetadataT()
    model.subgraphMetadata, model.minParserVersion = [graph], _PARSER_VERSION
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return builder.Output()
