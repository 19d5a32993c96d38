"""A ComfyUI workflow in API format with marked inputs: read, looked through, filled in. Pure but for gettext.

`{"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "…"}}, …}`; a mark says which input of which node is the
prompt, the seed and so on: `{"prompt": "6.text"}`. Raises `BadWorkflow`, whose text is a sentence.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

ROLES = ("prompt", "negative", "seed", "width", "height", "steps", "model", "image", "mask", "strength")
TO_DRAW = ("prompt", "seed")
TO_EDIT = ("prompt", "seed", "image")
MOST_NODES = 500
Nodes = dict[str, Any]
Marks = dict[str, str]
_SAMPLERS = ("KSampler", "SamplerCustom")
_SIMPLE = {
    "width": ("EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage"),
    "height": ("EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage"),
    "image": ("LoadImage",),
}
_MODELS = {"CheckpointLoaderSimple": "ckpt_name", "UNETLoader": "unet_name"}


class BadWorkflow(Exception):
    """Why this workflow cannot be used."""


def parse(text: str) -> Nodes:
    """The nodes by id."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadWorkflow(_("This is not JSON. Export the workflow in API format and paste the whole file.")) from None
    if isinstance(found, dict) and isinstance(found.get("nodes"), list):
        raise BadWorkflow(
            _("This is the workflow as the editor saves it. In ComfyUI choose Workflow, then Export (API).")
        )
    if isinstance(found, dict) and isinstance(found.get("prompt"), dict):
        found = found["prompt"]  # as it is sent to /prompt
    if not isinstance(found, dict) or not found or not all(map(_is_node, found.values())):
        raise BadWorkflow(_("This is no workflow in API format: each node needs a class_type and inputs."))
    if len(found) > MOST_NODES:
        raise BadWorkflow(_("This workflow has more than %(most)s nodes.") % {"most": MOST_NODES})
    return found


def check(nodes: Nodes, marks: Mapping[str, str], needed: Sequence[str]) -> None:
    """Every mark must lead to an input that can be filled in, and none of `needed` may lack."""
    for role, mark in marks.items():
        node, _dot, name = mark.rpartition(".")
        inputs = nodes.get(node, {}).get("inputs", {})
        if name not in inputs:
            raise BadWorkflow(
                _("“%(mark)s” for %(role)s: there is no such input in the workflow.") % {"mark": mark, "role": role}
            )
        if isinstance(inputs[name], list):
            raise BadWorkflow(
                _("“%(mark)s” for %(role)s comes from another node. Mark the input where it is typed in.")
                % {"mark": mark, "role": role}
            )
    if lacking := [role for role in needed if not marks.get(role)]:
        raise BadWorkflow(
            _("The workflow lacks marked inputs: %(roles)s. Say which node's input each of them is, like 6.text.")
            % {"roles": ", ".join(lacking)}
        )


def guessed(nodes: Nodes) -> Marks:
    """What the usual nodes tell by themselves; an administrator may say it otherwise."""
    marks: Marks = {}
    for key, node in nodes.items():
        kind, inputs = node["class_type"], node["inputs"]
        if kind.startswith(_SAMPLERS):
            _mark_sampler(marks, nodes, key, inputs)
        if kind == "RandomNoise":
            _mark(marks, "seed", key, inputs, "noise_seed")
        for role, kinds in _SIMPLE.items():
            if kind in kinds:
                _mark(marks, role, key, inputs, role)
        if kind in _MODELS:
            _mark(marks, "model", key, inputs, _MODELS[kind])
        if kind == "LoadImageMask":
            _mark(marks, "mask", key, inputs, "image")
    return marks


def filled(nodes: Nodes, marks: Mapping[str, str], values: Mapping[str, object]) -> Nodes:
    """A copy with these values where the marks say; roles without a mark are left as the workflow has them."""
    made = copy.deepcopy(nodes)
    for role, value in values.items():
        mark = marks.get(role)
        if mark and value is not None and value != "":
            node, _dot, name = mark.rpartition(".")
            made[node]["inputs"][name] = value
    if "negative" in marks and not values.get("negative"):
        node, _dot, name = marks["negative"].rpartition(".")
        made[node]["inputs"].setdefault(name, "")
    return made


def kinds_in(nodes: Nodes) -> list[str]:
    """The kinds of nodes that a server has to know."""
    return sorted({str(node["class_type"]) for node in nodes.values()})


def _is_node(node: object) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)


def _mark_sampler(marks: Marks, nodes: Nodes, key: str, inputs: Mapping[str, Any]) -> None:
    """A sampler names its seed and steps, and its two texts through links that are followed to where they are typed."""
    for role, names in {"seed": ("seed", "noise_seed"), "steps": ("steps",), "strength": ("denoise",)}.items():
        for name in names:
            _mark(marks, role, key, inputs, name)
    for role, name in {"prompt": "positive", "negative": "negative"}.items():
        if (found := _text_behind(nodes, inputs.get(name))) and role not in marks:
            marks[role] = found


def _text_behind(nodes: Nodes, link: object, depth: int = 0) -> str | None:
    if not isinstance(link, list) or not link or depth > 8:
        return None
    key = str(link[0])
    inputs = nodes.get(key, {}).get("inputs", {})
    for name in ("text", "prompt", "t5xxl"):
        if isinstance(inputs.get(name), str):
            return f"{key}.{name}"
    for name in ("conditioning", "text", "positive"):
        if found := _text_behind(nodes, inputs.get(name), depth + 1):
            return found
    return None


def _mark(marks: Marks, role: str, key: str, inputs: Mapping[str, Any], name: str) -> None:
    if role not in marks and name in inputs and not isinstance(inputs[name], list):
        marks[role] = f"{key}.{name}"
