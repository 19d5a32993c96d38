"""What is installed is what constraints.txt and package-lock.json name: every file by its hash."""

import importlib.metadata
import importlib.util
import json
import re
import tomllib

import pytest

from tests.named import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def pins():
    spec = importlib.util.spec_from_file_location("pins", ROOT / ".ci" / "pins.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_has_one_release_and_the_hashes_of_its_files(pins):
    pinned = pins.pinned()
    assert [name for name, (_release, hashes) in pinned.items() if not hashes] == ["torch"]
    lines = [line for line in pins.FILE.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+( --hash=sha256:[0-9a-f]{64})*", line) for line in lines)
    assert len(lines) == len(pinned)
    wanted = [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]
    assert {normal(re.match(r"[\w.-]+", one)[0]) for one in wanted} <= set(pinned)
    assert {"uv", "setuptools"} <= set(pinned)


def test_what_is_installed_is_what_is_pinned(pins):
    pinned = {name: release for name, (release, _hashes) in pins.pinned().items()}
    installed = {normal(one.name): one.version for one in importlib.metadata.distributions()}
    others = {"webui", "pip", "setuptools"}  # our own, and what every environment is born with
    assert len(installed) > 100
    strange = {
        name: version
        for name, version in installed.items()
        if name not in others and not pins.WITH_TORCH.match(name) and pinned.get(name) != version
    }
    assert not strange
    assert installed.get("torch", pinned["torch"]).partition("+")[0] == pinned["torch"]


def test_pip_installs_no_file_that_is_not_named(pins):
    release, hashes = pins.pinned()["six"]

    def told(name, **info):
        return {"metadata": {"name": name, "version": release}, "download_info": info}

    ours, torch = told("webui", dir_info={"editable": True}), told("torch", archive_info={})
    good = told("six", archive_info={"hashes": {"sha256": sorted(hashes)[0]}})
    assert pins.strangers({"install": [ours, torch, good]}) == []
    bad = [told("six", archive_info={"hashes": {"sha256": "0" * 64}}), told("six", archive_info={}), told("never_seen")]
    assert pins.strangers({"install": [good, *bad]}) == [f"six {release}", f"six {release}", f"never-seen {release}"]


def test_scripts_of_others_are_pinned_by_hash():
    lock = json.loads((ROOT / "static" / "package-lock.json").read_text())["packages"]
    files = {name: one for name, one in lock.items() if "node_modules/" in name and not one.get("link")}
    assert len(files) > 10
    assert not [name for name, one in files.items() if not one.get("integrity", "").startswith("sha512-")]
