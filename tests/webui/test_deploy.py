"""What compose.yaml and the manifests name is there: settings, commands, services, volumes, ports, paths."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.servers.house import ROOT
from webui.conf import setting_names

DEPLOY = ROOT / "docs" / "deploy"
BASE = DEPLOY / "kubernetes" / "base"
OVERLAYS = sorted((DEPLOY / "kubernetes" / "overlays").iterdir())


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def manifests():
    """{(kind, name): manifest} of what base names."""
    found = {}
    for name in yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]:
        for document in yaml.safe_load_all((BASE / name).read_text()):
            found[document["kind"], document["metadata"]["name"]] = document
    return found


def ours(compose):
    return {name: service for name, service in compose["services"].items() if service.get("image") == "webui"}


def require_command(argv):
    """It starts something that is there, with options that it has."""
    if argv[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(argv[2]), argv
        origin = Path(importlib.util.find_spec(argv[2]).origin)
        source = (origin.with_name("__main__.py") if origin.name == "__init__.py" else origin).read_text()
        assert all(f'"{part}"' in source for part in argv[3:] if part.startswith("--")), argv
    elif argv[0] == "celery":
        assert importlib.util.find_spec(argv[argv.index("-A") + 1]), argv
    else:
        assert argv[:3] == ["python", "manage.py", "up"], argv


def test_compose_names_only_settings_and_commands_that_are_there(compose):
    services = ours(compose)
    assert {"web-1", "web-2", "worker-1", "worker-2", "embedder"} == set(services)
    for name, service in services.items():
        assert set(service["environment"]) <= set(setting_names()), name
        require_command(service["command"].split())


def test_compose_names_only_services_volumes_and_files_that_are_there(compose):
    services, volumes = compose["services"], set(compose["volumes"])
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in volumes or (ROOT / source).is_file(), source
    addresses = [str(value) for service in ours(compose).values() for value in service["environment"].values()]
    hosts = {host for text in addresses for host in re.findall(r"(?:://|@)([a-z][a-z0-9-]*):\d+", text)}
    assert hosts == {"postgres", "redis", "chroma", "embedder"}
    assert hosts <= set(services)
    shared = [service["volumes"] for service in ours(compose).values()]
    assert all("files:/data" in volumes for volumes in shared), "people's files are everybody's"


def test_redis_of_the_shipped_files_wants_a_password(compose, manifests):
    addresses = {service["environment"]["REDIS_URL"] for service in ours(compose).values()}
    assert all(re.search(r"redis://:\$\{REDIS_PASSWORD:\?[^}]+\}@redis", address) for address in addresses)
    assert "--requirepass ${REDIS_PASSWORD}" in compose["services"]["redis"]["command"]
    redis = manifests["StatefulSet", "redis"]["spec"]["template"]["spec"]["containers"][0]
    assert '--requirepass "$REDIS_PASSWORD"' in redis["command"][-1]
    assert redis["env"][0]["valueFrom"]["secretKeyRef"]["key"] == "REDIS_PASSWORD"
    assert "REDIS_URL=redis://redis" not in (BASE / "kustomization.yaml").read_text()


def test_compose_gives_a_web_process_the_time_that_it_needs_to_end(compose):
    from webui.conf import Settings

    grace = int(compose["services"]["web-1"]["stop_grace_period"].removesuffix("s"))
    assert grace >= Settings.model_fields["drain_seconds"].default + 7


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_the_proxies_lead_to_the_web_processes(compose, name):
    text = (DEPLOY / name).read_text()
    ports = {service: service_port(compose["services"][service]) for service in ("web-1", "web-2")}
    assert set(re.findall(r"(web-\d):(\d+)", text)) == set(ports.items())
    assert text.count("{") == text.count("}")


def service_port(service):
    argv = service["command"].split()
    return argv[argv.index("--port") + 1]


def test_the_image_is_built_and_run_as_a_plain_user():
    lines = (ROOT / ".ci" / "Dockerfile").read_text().splitlines()
    order = [next(i for i, line in enumerate(lines) if line.startswith(word)) for word in ("USER", "COPY", "RUN make")]
    user, copied, made = order
    assert lines[user] == "USER webui"
    assert user < copied < made
    require_command(re.findall(r'"([^"]+)"', lines[-1]))
    assert "static/dist" in (ROOT / ".dockerignore").read_text(), "assets are built in the image"


def pods(manifests):
    kinds = ("Deployment", "StatefulSet")
    return {name: thing["spec"]["template"] for (kind, name), thing in manifests.items() if kind in kinds}


def test_the_manifests_name_only_settings_and_commands_that_are_there(manifests):
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    given = {line.partition("=")[0] for line in kustomization["configMapGenerator"][0]["literals"]}
    assert given <= set(setting_names())
    for pod in pods(manifests).values():
        for container in pod["spec"]["containers"]:
            if container["image"] == "webui":
                require_command(container["command"])
                sources = [next(iter(each.values()))["name"] for each in container.get("envFrom", ())]
                assert sources == ([] if "knowledge.embedder" in container["command"] else ["webui", "webui"])
                assert pod["spec"]["securityContext"]["runAsNonRoot"]


def test_the_manifests_fit_each_other(manifests):
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(manifests).items()}
    for (kind, name), thing in manifests.items():
        spec = thing["spec"]
        if kind in ("Deployment", "StatefulSet"):
            assert spec["selector"]["matchLabels"] == labels[name]
            pod = spec["template"]["spec"]
            claimed = {
                volume["name"]: volume["persistentVolumeClaim"]["claimName"] for volume in pod.get("volumes", ())
            }
            assert all(("PersistentVolumeClaim", claim) in manifests for claim in claimed.values())
            own = {template["metadata"]["name"] for template in spec.get("volumeClaimTemplates", ())}
            mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
            assert mounted <= set(claimed) | own
        if kind == "Service":
            containers = pods(manifests)[spec["selector"]["app"]]["spec"]["containers"]
            opened = {port["containerPort"] for container in containers for port in container["ports"]}
            assert {port.get("targetPort", port["port"]) for port in spec["ports"]} <= opened
    kustomization = (BASE / "kustomization.yaml").read_text()
    for host, port in re.findall(r"://([a-z]+):(\d+)", kustomization):
        assert manifests["Service", host]["spec"]["ports"][0]["port"] == int(port)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda folder: folder.name)
def test_the_overlays_change_what_is_there(manifests, overlay):
    found = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    assert all((overlay / resource).resolve() == BASE for resource in found["resources"])
    names = {name for kind, name in manifests if kind in ("Deployment", "StatefulSet")}
    assert {change["name"] for change in found.get("replicas", ())} <= names
    for patch in found.get("patches", ()):
        target = patch["target"]
        assert all((target["kind"], name) in manifests for name in target["name"].split("|"))
    for generator in found.get("configMapGenerator", ()):
        assert {line.partition("=")[0] for line in generator["literals"]} <= set(setting_names())


@pytest.mark.parametrize(("overlay", "without"), [("small", ()), ("external", ("postgres", "redis"))])
def test_the_overlays_are_rendered_by_kustomize_itself(overlay, without):
    """Where kubectl is installed: every reference between the manifests is resolved, and no name is made up."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed here")
    command = ["kubectl", "kustomize", str(DEPLOY / "kubernetes" / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {(thing["kind"], thing["metadata"]["name"]): thing for thing in yaml.safe_load_all(done.stdout)}
    names = {name for _kind, name in found}
    assert {"web", "worker", "chroma", "embedder"} <= names
    assert not set(without) & names
    web = found["Deployment", "web"]["spec"]
    assert web["replicas"] == (1 if overlay == "small" else 2)
    for source in web["template"]["spec"]["containers"][0]["envFrom"]:
        if "configMapRef" in source:
            assert ("ConfigMap", source["configMapRef"]["name"]) in found, "the name with the hash of what is in it"
