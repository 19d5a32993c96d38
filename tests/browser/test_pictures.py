"""Pictures in the chat page: asked for, followed, changed with a brush, there again after a reload."""

import pytest
from playwright.sync_api import expect

from tests.chat.images.conftest import painter  # noqa: F401
from tests.servers.local_picture_servers import A1111Pictures

pytestmark = pytest.mark.django_db(transaction=True)


def test_alice_has_a_picture_made_and_changes_a_part_of_it(alice, model, visit, painter):  # noqa: F811
    with A1111Pictures() as server:
        server.scenario = "slow"
        painter(server.base_url, kind="a1111", seconds=60)
        page = visit(alice)
        page.locator("textarea").fill("/image ")
        expect(page.locator(".image-options__row")).to_be_visible()
        page.locator("textarea").fill("a red fox")
        page.locator("textarea").press("Enter")
        expect(page.get_by_text("Drawing: 40 %")).to_be_visible()
        server.release.set()
        expect(page.get_by_role("img", name="a red fox")).to_be_visible()
        server.scenario = "normal"

        for opener, dialog in (("Change…", "Change this picture"), ("Made earlier", "Pictures made earlier")):
            page.get_by_role("button", name=opener).press("Enter")
            expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.get_by_role("button", name=opener)).to_be_focused()
        page.get_by_role("button", name="Change…").click()
        box = page.locator("canvas").bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.up()
        page.locator("#picture-editor-words").fill("a blue fox")
        page.get_by_role("button", name="Change it").click()
        expect(page.locator(".made__picture")).to_have_count(2)
        (asked,) = server.bodies("img2img")
        assert asked["mask"]
        assert asked["init_images"]

        page.reload()
        expect(page.locator(".made__picture")).to_have_count(2)
        expect(page.get_by_text("[Picture:").first).to_be_hidden()
