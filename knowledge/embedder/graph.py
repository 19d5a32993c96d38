"""The encoder as an ONNX graph with 8-bit weights, built from the weights themselves: no torch, no exporter.

It takes summed embeddings (1, tokens, hidden) and gives the last hidden states; word lookup, pooling and normalisation
are a few lines of numpy outside, so that the word table stays packed on disk. Two choices were measured
(docs/decisions/0001-embedding-model.md): weights use 7 of their 8 bits, because processors without VNNI saturate when
two full products are added in 16 bits; and Add + LayerNormalization stand separate, because the fused kernel is a
third slower overall.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from knowledge.embedder.weights import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

VENDOR = "com.microsoft"
EPSILON = 1e-12
LEVELS = 63


def encoder(weights: Weights) -> ModelProto:
    return _Builder(weights).model()


class _Builder:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def model(self) -> ModelProto:
        sizes = self.weights.sizes
        state = self._normalise("embeddings", "emb.ln")
        self._constant("thirds", np.array([sizes.hidden] * 3, np.int64))
        for number in range(sizes.layers):
            state = self._layer(f"l{number}", state)
        shape: list[str | int | None] = [1, "tokens", sizes.hidden]
        graph: GraphProto = helper.make_graph(
            self.nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(state, TensorProto.FLOAT, shape)],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(VENDOR, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _layer(self, name: str, state: str) -> str:
        merged = self._multiply(f"{name}.qkv", state, [f"{name}.q", f"{name}.k", f"{name}.v"])
        parts = [f"{name}.query", f"{name}.key", f"{name}.value"]
        self._node("Split", [merged, "thirds"], parts, axis=-1)
        attended = f"{name}.attended"
        heads = self.weights.sizes.heads
        self._node("MultiHeadAttention", parts, [attended], domain=VENDOR, num_heads=heads)
        state = self._add_and_normalise(self._multiply(f"{name}.mix", attended, [f"{name}.ao"]), state, f"{name}.aln")
        grown = self._multiply(f"{name}.grown", state, [f"{name}.fi"])
        self._node("FastGelu", [grown], [f"{name}.gelu"], domain=VENDOR)
        return self._add_and_normalise(
            self._multiply(f"{name}.shrunk", f"{name}.gelu", [f"{name}.fo"]), state, f"{name}.oln"
        )

    def _multiply(self, output: str, source: str, tensors: list[str]) -> str:
        """Input x matrix + bias, the matrix in 8 bits with one scale a column; several matrices side by side."""
        bias = np.concatenate([self.weights.tensor(f"{name}.b") for name in tensors])
        rows = [self.weights.tensor(f"{name}.w") for name in tensors]
        matrix = np.concatenate([row.reshape(len(bias) // len(tensors), -1) for row in rows]).T
        scale = (np.abs(matrix).max(axis=0) / LEVELS).astype(np.float32)
        inputs = [
            source,
            self._constant(f"{output}.weight", np.rint(matrix / scale).astype(np.int8)),
            self._constant(f"{output}.scale", scale),
            self._constant(f"{output}.zero", np.zeros(scale.shape, np.int8)),
            self._constant(f"{output}.bias", bias),
        ]
        self._node("DynamicQuantizeMatMul", inputs, [output], domain=VENDOR)
        return output

    def _add_and_normalise(self, left: str, right: str, tensors: str) -> str:
        self._node("Add", [left, right], [f"{left}.sum"])
        return self._normalise(f"{left}.sum", tensors)

    def _normalise(self, source: str, tensors: str) -> str:
        output = f"{source}.normal"
        gain = self._constant(f"{output}.gain", self.weights.tensor(f"{tensors}.w"))
        shift = self._constant(f"{output}.shift", self.weights.tensor(f"{tensors}.b"))
        self._node("LayerNormalization", [source, gain, shift], [output], epsilon=EPSILON, axis=-1)
        return output

    def _constant(self, name: str, values: "NDArray[np.generic]") -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
