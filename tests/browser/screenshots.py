"""Makes docs/screenshots anew from a real server: `python -m tests.browser.screenshots [NAME…]`."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "screenshots"
DATA = Path(tempfile.mkdtemp(prefix="webui-pictures-"))
os.environ.update(
    WEBUI_DATA=str(DATA),
    WEBUI_PROBE_LOCAL="false",
    DJANGO_SETTINGS_MODULE="webui.settings",
    DJANGO_ALLOW_ASYNC_UNSAFE="1",
)

WIDE = {"width": 1120, "height": 720}
PHONE = {"width": 390, "height": 844}
COLOURS = "160"


def main(wanted: set[str]) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from playwright.sync_api import sync_playwright

    from tests.browser import picture_stage, picture_surfaces
    from tests.browser.conftest import ARGUMENTS
    from tests.servers.openai_server import OpenAIServer

    call_command("build_assets", verbosity=0)
    call_command("migrate", verbosity=0)
    TARGET.mkdir(parents=True, exist_ok=True)
    with OpenAIServer() as model_server, site() as address, sync_playwright() as playwright:
        stage = picture_stage.build(model_server)
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell"), args=ARGUMENTS
        )
        camera = Camera(chromium, address, wanted)
        for shot in (*picture_stage.SHOTS, picture_surfaces.surfaces):
            shot(camera, stage)
        chromium.close()
    shutil.rmtree(DATA, ignore_errors=True)


@contextmanager
def site():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "webui.asgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    pause = threading.Event()
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                pause.wait(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(10)


class Camera:
    """Opens pages as people and keeps what they look like."""

    def __init__(self, chromium, address, wanted):
        self._chromium = chromium
        self._address = address
        self._wanted = wanted

    def wants(self, name):
        return not self._wanted or any(name.startswith(start) for start in self._wanted)

    @contextmanager
    def page(self, user, path, *, theme="light", language="en", viewport=WIDE, **options):
        from tests.browser.conftest import sign_in

        scale = 1.5 if viewport is PHONE else 1
        context = self._chromium.new_context(
            base_url=self._address,
            viewport=viewport,
            device_scale_factor=scale,
            color_scheme=theme,
            reduced_motion="reduce",
            locale="zh-CN" if language == "zh-hans" else "en-GB",
            **options,
        )
        cookies = [{"name": "django_language", "value": language, "url": self._address}]
        context.add_cookies(cookies)
        if user:
            sign_in(context, user, self._address)
        page = context.new_page()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        yield page
        context.close()

    def take(self, page, name):
        path = TARGET / f"{name}.png"
        page.screenshot(path=path)
        if pngquant := shutil.which("pngquant"):
            subprocess.run([pngquant, "--force", "--strip", "--speed=1", "--output", path, COLOURS, path], check=True)
        print(f"{re.sub(str(ROOT) + '/', '', str(path))}  {path.stat().st_size // 1024} kB", flush=True)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
