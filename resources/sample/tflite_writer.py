# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a graph as a .tflite file, with a FlatBuffers writer small enough to read.

Objects are laid out from the front: a table first, then what it refers to, as the format's offsets point forwards.
Field numbers are those of the public TFLite schema, version 3.
"""

import struct

import numpy as np

SIZES = {"b": 1, "B": 1, "i": 4, "I": 4, "f": 4, "q": 8}
TENSOR_TYPES = {"int32": 2, "uint8": 3, "int8": 9}
PADDINGS = {"SAME": 0, "VALID": 1}
ACTIVATIONS = {"NONE": 0, "RELU6": 3}

# kind: (builtin operator, union number of its options, {option: (field number, type)})
OPERATORS = {
    "ADD": (0, 11, {"activation": (0, "b")}),
    "AVERAGE_POOL_2D": (1, 5, {"padding": (0, "b"), "stride_w": (1, "i"), "stride_h": (2, "i"),
                               "filter_width": (3, "i"), "filter_height": (4, "i"), "activation": (5, "b")}),
    "CONV_2D": (3, 1, {"padding": (0, "b"), "stride_w": (1, "i"), "stride_h": (2, "i"), "activation": (3, "b")}),
    "DEPTHWISE_CONV_2D": (4, 2, {"padding": (0, "b"), "stride_w": (1, "i"), "stride_h": (2, "i"),
                                 "depth_multiplier": (3, "i"), "activation": (4, "b")}),
    "FULLY_CONNECTED": (9, 8, {"activation": (0, "b")}),
    "RESHAPE": (22, 17, {"new_shape": (0, "vector")}),
    "SOFTMAX": (25, 9, {"beta": (0, "f")}),
    "MEAN": (40, 27, {"keep_dims": (0, "B")}),
}


class Table:
    """fields: {field number: (type letter of struct, value)}, or {field number: Table, Vector or str}."""

    def __init__(self, fields):
        self.fields = {k: v for k, v in fields.items() if v is not None}


class Vector:
    """type: a letter of struct, or None for references (values are then Tables or str)."""

    def __init__(self, type, values, align=4):
        self.type, self.values, self.align = type, values, max(align, SIZES[type] if type else 4)


class Writer:
    def __init__(self, root, identifier):
        self.out = bytearray(struct.pack("<I4s", 0, identifier))
        struct.pack_into("<I", self.out, 0, self.place(root))

    def pad(self, alignment, ahead=0):
        self.out += bytes(-(len(self.out) + ahead) % alignment)

    def refer(self, slot, target):
        struct.pack_into("<I", self.out, slot, self.place(target) - slot)

    def place(self, item):
        if isinstance(item, str):
            return self.place_string(item.encode())
        return self.place_vector(item) if isinstance(item, Vector) else self.place_table(item)

    def place_string(self, text):
        self.pad(4)
        start = len(self.out)
        self.out += struct.pack("<I", len(text)) + text + b"\0"
        return start

    def place_vector(self, vector):
        self.pad(4)
        self.pad(vector.align, ahead=4)
        start = len(self.out)
        values = vector.values
        self.out += struct.pack("<I", len(values))
        if vector.type:
            self.out += bytes(values) if vector.type == "B" else struct.pack(f"<{len(values)}{vector.type}", *values)
            return start
        self.out += bytes(4 * len(values))
        for i, value in enumerate(values):
            self.refer(start + 4 + 4 * i, value)
        return start

    def place_table(self, table):
        """The vtable, then the table with its wide fields first; no table here has a field wider than 4 bytes."""
        def size(value):
            return SIZES[value[0]] if isinstance(value, tuple) else 4
        order = sorted(table.fields.items(), key=lambda item: -size(item[1]))
        slots, offset = {}, 4
        for number, value in order:
            slots[number] = offset
            offset += size(value)
        count = max(slots, default=-1) + 1
        self.pad(4, ahead=4 + 2 * count)
        vtable = len(self.out)
        self.out += struct.pack(f"<{2 + count}H", 4 + 2 * count, offset, *(slots.get(i, 0) for i in range(count)))
        start = len(self.out)
        self.out += struct.pack("<i", start - vtable) + bytes(offset - 4)
        for number, value in order:
            if isinstance(value, tuple):
                struct.pack_into("<" + value[0], self.out, start + slots[number], value[1])
        for number, value in table.fields.items():
            if not isinstance(value, tuple):
                self.refer(start + slots[number], value)
        return start


def option_table(fields, options):
    table = {}
    for name, value in options.items():
        number, type = fields[name]
        if name == "padding":
            value = PADDINGS[value]
        elif name == "activation":
            value = ACTIVATIONS[value]
        table[number] = Vector("i", value) if type == "vector" else (type, value)
    return Table(table)


def quantization_table(tensor):
    if tensor.scale is None:
        return Table({})
    has_range = tensor.low is not None
    return Table({0: Vector("f", [tensor.low]) if has_range else None,
                  1: Vector("f", [tensor.high]) if has_range else None,
                  2: Vector("f", tensor.scale.tolist()),
                  3: Vector("q", tensor.zero_point.tolist()),
                  6: ("i", tensor.axis) if tensor.axis else None})


def encode(graph):
    """The bytes of the .tflite file."""
    buffers = [Table({})]

    def buffer_of(data):
        buffers.append(Table({0: Vector("B", data, align=16)}))
        return len(buffers) - 1

    def tensor_table(tensor):
        number = 0 if tensor.data is None else buffer_of(np.ascontiguousarray(tensor.data).tobytes())
        return Table({0: Vector("i", tensor.shape), 1: ("b", TENSOR_TYPES[tensor.dtype]), 2: ("I", number),
                      3: tensor.name, 4: quantization_table(tensor)})

    tensors = [tensor_table(t) for t in graph.tensors]
    codes = []
    for op in graph.operators:
        if (op.kind, op.version) not in codes:
            codes.append((op.kind, op.version))

    def operator_table(op):
        _, union, fields = OPERATORS[op.kind]
        return Table({0: ("I", codes.index((op.kind, op.version))), 1: Vector("i", op.inputs),
                      2: Vector("i", [op.output]), 3: ("B", union), 4: option_table(fields, op.options)})

    def signature_map(indices, kind):
        return Vector(None, [Table({0: f"{kind}{i or ''}", 1: ("I", t)}) for i, t in enumerate(indices)])

    subgraph = Table({0: Vector(None, tensors), 1: Vector("i", graph.inputs), 2: Vector("i", graph.outputs),
                      3: Vector(None, [operator_table(op) for op in graph.operators]), 4: graph.name})
    signature = graph.signature and Vector(None, [Table({
        0: signature_map(graph.inputs, "image"), 1: signature_map(graph.outputs, "probabilities"),
        2: graph.signature, 4: ("I", 0)})])
    metadata = Vector(None, [Table({0: name, 1: ("I", buffer_of(data))}) for name, data in graph.metadata.items()])
    code_tables = [Table({0: ("b", OPERATORS[kind][0]), 2: ("i", version), 3: ("i", OPERATORS[kind][0])})
                   for kind, version in codes]
    model = Table({0: ("I", 3), 1: Vector(None, code_tables), 2: Vector(None, [subgraph]), 3: graph.description,
                   4: Vector(None, buffers), 6: metadata, 7: signature})
    return bytes(Writer(model, b"TFL3").out)
