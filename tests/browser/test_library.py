"""The page of a library with its script: files arrive, say how far they are, and survive a reload."""

import io
import zipfile

import pytest
from playwright.sync_api import expect

from knowledge import tasks
from knowledge.models import Document, IntakeJob, Library
from tests.knowledge.files import pdf
from tests.knowledge.seams import vectors  # noqa: F401  a fixture
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

DROP = """() => {
  const transfer = new DataTransfer();
  transfer.items.add(new File(["Trains are booked by the office."], "travel.txt"));
  return transfer;
}"""


@pytest.fixture
def page(visit, alice):
    library = Library.objects.create(owner=alice, name="Handbook")
    return visit(alice, f"/knowledge/{library.pk}/")


def choose(page, *files):
    page.set_input_files("#file", [{"name": name, "mimeType": "", "buffer": content} for name, content in files])


def row(page, name):
    return page.locator(".document", has_text=name)


def work():
    """What the worker would do; none is started for the tests of pages."""
    for pk in Document.objects.filter(status="queued").values_list("pk", flat=True):
        tasks.ingest_document(str(pk))


def test_files_are_taken_in_and_become_ready_before_alices_eyes(page, vectors):  # noqa: F811
    expect(page.get_by_text("Nothing in here yet")).to_be_visible()
    choose(page, ("leave.txt", b"27 days"), ("scan.pdf", pdf("", "", images=True)), ("empty.txt", b""))
    expect(row(page, "leave.txt")).to_contain_text("queued")
    expect(row(page, "scan.pdf")).to_contain_text("queued")
    expect(row(page, "empty.txt")).to_contain_text("This file is empty (0 bytes).")
    work()
    expect(row(page, "leave.txt").locator("[data-state]")).to_have_text("ready")
    expect(row(page, "scan.pdf")).to_contain_text("2 pages but no text: it is a scan.")
    expect(page.locator("[data-summary]")).to_have_text("1 of 2 ready")
    page.reload()
    expect(row(page, "scan.pdf")).to_contain_text("2 pages but no text: it is a scan.")
    expect(page.locator(".document")).to_have_count(2)
    row(page, "scan.pdf").get_by_role("button", name="Retry").click()
    expect(row(page, "scan.pdf")).to_contain_text("queued")


def test_a_file_dropped_anywhere_is_added(page):
    transfer = page.evaluate_handle(DROP)
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop the files to add them to this library")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop the files to add them to this library")).to_be_hidden()
    expect(row(page, "travel.txt")).to_contain_text("queued")


def test_the_same_file_twice_is_told(page):
    choose(page, ("leave.txt", b"27 days"))
    expect(row(page, "leave.txt")).to_contain_text("queued")
    choose(page, ("copy.txt", b"27 days"))
    expect(page.get_by_text("This library already has this file, as “leave.txt”.")).to_be_visible()
    expect(page.locator(".document")).to_have_count(1)


def test_a_document_is_removed_after_a_question(page):
    choose(page, ("leave.txt", b"27 days"))
    expect(row(page, "leave.txt")).to_contain_text("queued")
    page.once("dialog", lambda dialog: dialog.dismiss())
    row(page, "leave.txt").get_by_role("button", name="Remove").click()
    expect(page.locator(".document")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    row(page, "leave.txt").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing in here yet")).to_be_visible()
    assert not Document.objects.exists()


def test_without_script_the_form_uploads_too(visit, alice):
    library = Library.objects.create(owner=alice, name="Handbook")
    page = visit(alice, f"/knowledge/{library.pk}/", java_script_enabled=False)
    choose(page, ("leave.txt", b"27 days"))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("1 document was added.")).to_be_visible()
    eventually(lambda: Document.objects.filter(name="leave.txt").exists())


def test_a_citation_opens_with_its_passage_in_sight(page, vectors):  # noqa: F811
    sentences = b"\n\n".join(f"Paragraph {n}: {'word ' * 70}".encode() for n in range(30))
    choose(page, ("long.txt", sentences))
    expect(row(page, "long.txt")).to_contain_text("queued")
    work()
    document = Document.objects.get()
    cited = document.chunks.get(ordinal=25)
    page.goto(f"/knowledge/documents/{document.pk}/?chunk={cited.pk}")
    expect(page.locator("mark").first).to_be_in_viewport()
    expect(page.locator("mark").first).to_contain_text(cited.text[:20])


def test_a_folder_keeps_its_places_and_what_is_under_way_can_be_cancelled(page, tmp_path):
    place = tmp_path / "team" / "2026"
    place.mkdir(parents=True)
    (place / "plan.txt").write_text("The plan.")
    page.set_input_files("#folder", tmp_path / "team")
    expect(row(page, "plan.txt")).to_contain_text("team/2026")
    expect(row(page, "plan.txt")).to_contain_text("queued")
    row(page, "plan.txt").get_by_role("button", name="Cancel").click()
    expect(row(page, "plan.txt")).to_contain_text("Reading was cancelled.")
    row(page, "plan.txt").get_by_role("button", name="Retry").click()
    expect(row(page, "plan.txt")).to_contain_text("queued")


def test_an_archive_says_how_far_it_is_and_its_files_appear(page):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("in/a.txt", "first")
        archive.writestr("../b.txt", "outside")
    choose(page, ("papers.zip", body.getvalue()))
    expect(page.locator(".job")).to_contain_text("papers.zip")
    job = IntakeJob.objects.get()
    tasks.take_in(job.pk)
    expect(page.locator(".job")).to_contain_text("1 added, 0 were here already, 1 not taken")
    expect(row(page, "a.txt")).to_contain_text("papers/in")
    page.locator(".job").get_by_role("button", name="Put away").click()
    expect(page.locator(".job")).to_have_count(0)


def test_alice_shares_while_she_types(page, bob):
    page.get_by_role("link", name="Share").click()
    page.get_by_role("searchbox").press_sequentially("bob")
    page.get_by_text("may also add and remove documents").first.click()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator(".people__one", has_text="bob@example.org").locator("select")).to_have_value("write")
    assert Library.objects.visible_to(bob, "write").exists()
    page.get_by_role("button", name="Take the right away").click()
    expect(page.get_by_text("bob cannot open this library any more.")).to_be_visible()
    assert not Library.objects.visible_to(bob).exists()
