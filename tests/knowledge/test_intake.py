"""Archives, sites, folders and notes: many documents at once, each within bounds, in slices that may be cut off."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from knowledge import archives, documents, intake_jobs, notes, sharing, storage, tasks
from knowledge.documents import UploadRefused
from knowledge.models import Document, IntakeJob, Library
from knowledge.models.intake import MOST_ATTEMPTS
from knowledge.web import fetch, sites
from tests.knowledge.test_sharing import as_

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(rung, monkeypatch):
    rung_for = []
    monkeypatch.setattr(tasks, "ring_for_intake", rung_for.append)
    monkeypatch.setattr(intake_jobs.time, "sleep", lambda _seconds: None)


def zip_of(**files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def zipped(files):
    return zip_of(**files)


def tarred(files, pack=bytes):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return pack(body.getvalue())


def job_of(library, alice, content, name="papers.zip"):
    return intake_jobs.add_archive(library, alice, name, io.BytesIO(content))


def work(job):
    while claimed := IntakeJob.objects.claim(job.pk):
        intake_jobs.run(claimed)
    return IntakeJob.objects.get(pk=job.pk)


FILES = {"a.txt": b"first", "2024/contracts/b.md": b"# second", "__MACOSX/._a.txt": b"dust", "2024/.DS_Store": b"dust"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("papers.zip", zipped(FILES)),
        ("papers.tar", tarred(FILES)),
        ("papers.tar.gz", tarred(FILES, gzip.compress)),
        ("papers.tgz", tarred(FILES, gzip.compress)),
        ("papers.tar.bz2", tarred(FILES, bz2.compress)),
    ],
)
def test_each_file_of_an_archive_is_a_document_with_its_place(library, alice, name, content):
    job = work(job_of(library, alice, content, name))
    assert (job.status, job.taken, job.refused, job.done, job.total) == ("done", 2, 0, 2, 2)
    assert set(library.documents.values_list("name", "path")) == {
        ("a.txt", "papers"),
        ("b.md", "papers/2024/contracts"),
    }
    assert not storage.path_of(job.file_name, intake_jobs.PLACE).exists()


def test_hostile_members_are_refused_one_by_one_with_a_reason(library, alice):
    files = {"../../etc/passwd.txt": b"x", "/root.txt": b"x", "C:\\x.txt": b"x", "in/inner.zip": b"x", "a.exe": b"MZ",
             "empty.txt": b"", "good.txt": b"good"}  # fmt: skip
    job = work(job_of(library, alice, zipped(files)))
    assert (job.status, job.taken, job.refused) == ("done", 1, 6)
    told = dict(job.told)
    assert told["../../etc/passwd.txt"] == archives.OUTSIDE
    assert told["in/inner.zip"] == archives.NESTED
    assert told["empty.txt"] == "This file is empty (0 bytes)."
    assert [one.path for one in library.documents.all()] == ["papers"]


def test_links_and_devices_in_a_tar_are_not_followed(library, alice):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"odd{kind.decode()}.txt")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    job = work(job_of(library, alice, body.getvalue(), "x.tar"))
    assert (job.refused, {sentence for _name, sentence in job.told}) == (4, {archives.LINK})


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.tar.gz"])
def test_a_bomb_is_stopped_while_it_is_unpacked(library, alice, monkeypatch, name):
    monkeypatch.setattr(archives, "SMALL", 1024 * 1024)
    files = {f"{n}.txt": b"%d" % n + b"\0" * 900_000 for n in range(5)}
    job = work(job_of(library, alice, zipped(files) if name.endswith("zip") else tarred(files, gzip.compress), name))
    assert (job.status, job.error) == ("failed", archives.TOO_LARGE)
    assert job.taken < 3


def test_too_many_files_and_lists_of_contents_too_long_are_refused(library, alice, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    job = work(job_of(library, alice, zipped({f"{n}.txt": b"%d" % n for n in range(5)})))
    assert (job.status, job.error, job.taken) == ("failed", archives.TOO_MANY, 3)
    monkeypatch.setattr(archives, "_DIRECTORY", 10)
    job = work(job_of(library, alice, zipped({"a.txt": b"a"})))
    assert (job.status, job.error) == ("failed", archives.TOO_MANY)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"not a zip", zipped(FILES)[:-30], b"\x1f\x8b broken"])
@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz", "x.tar.bz2"])
def test_a_damaged_archive_says_so(library, alice, name, content):
    job = work(job_of(library, alice, content, name))
    assert (job.status, job.taken) == ("failed", 0)
    assert job.error in (archives.DAMAGED, archives.TOO_MANY)


def test_an_archive_is_taken_in_slices_and_goes_on_after_a_killed_worker(library, alice, monkeypatch):
    files = {f"{n}.txt": b"%d" % n for n in range(6)}
    job = job_of(library, alice, zipped(files))
    added = []
    add_file = documents.add_file

    def killed_at_four(*given, **named):
        found = add_file(*given, **named)
        added.append(found)
        if len(added) == 4:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(documents, "add_file", killed_at_four)
    with pytest.raises(KeyboardInterrupt):
        intake_jobs.run(IntakeJob.objects.claim(job.pk))
    assert IntakeJob.objects.claim(job.pk) is None, "its lease still runs"
    IntakeJob.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    monkeypatch.setattr(intake_jobs, "SLICE", -1)
    slices = []
    while claimed := IntakeJob.objects.claim(job.pk):
        slices.append(claimed.done)
        monkeypatch.setattr(intake_jobs, "SLICE", 10 if len(slices) > 1 else -1)
        intake_jobs.run(claimed)
    done = IntakeJob.objects.get()
    assert (done.status, done.done, done.taken, done.known) == ("done", 6, 5, 1)
    assert library.documents.count() == 6
    assert len(slices) == 2


def test_an_archive_that_kills_its_worker_each_time_is_given_up(library, alice):
    job = job_of(library, alice, zipped({"a.txt": b"a"}))
    for _ in range(MOST_ATTEMPTS):
        assert IntakeJob.objects.claim(job.pk)
        IntakeJob.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    tasks.sweep()
    assert IntakeJob.objects.get().status == "failed"


def test_a_cancelled_archive_stops_and_keeps_what_it_has(library, alice, monkeypatch):
    job = job_of(library, alice, zipped({f"{n}.txt": b"%d" % n for n in range(6)}))
    keep = IntakeJob.keep

    def cancelled_at_two(self, **fields):
        if self.done == 2:
            intake_jobs.put_away(library, self.pk)
        keep(self, **fields)

    monkeypatch.setattr(IntakeJob, "keep", cancelled_at_two)
    job = work(job)
    assert (job.status, library.documents.count()) == ("cancelled", 2)
    intake_jobs.put_away(library, job.pk)
    assert not IntakeJob.objects.exists()


def test_whoever_lost_the_right_adds_nothing_more(library, alice, bob, monkeypatch):
    share = sharing.share(alice, library, "bob@example.org", "write")
    job = job_of(library, bob, zipped({"a.txt": b"a", "b.txt": b"b"}))
    add_file = documents.add_file

    def unshared_meanwhile(*given, **named):
        share.delete()
        return add_file(*given, **named)

    monkeypatch.setattr(documents, "add_file", unshared_meanwhile)
    job = work(job)
    assert (job.status, job.error, library.documents.count()) == ("failed", intake_jobs.NO_RIGHT, 1)


def test_a_library_that_is_deleted_takes_its_jobs_along(library, alice):
    job = job_of(library, alice, zipped({"a.txt": b"a"}))
    claimed = IntakeJob.objects.claim(job.pk)
    Library.objects.get(pk=library.pk).delete()
    intake_jobs.run(claimed)
    assert not IntakeJob.objects.exists()
    assert not Document.objects.exists()


class Web:
    """A site in a dictionary, behind the one client's function."""

    def __init__(self, monkeypatch, **pages):
        self.asked, self.pages = [], pages
        for module in (sites, intake_jobs):
            monkeypatch.setattr(module, "fetch", self.fetch)

    async def fetch(self, url, *, user_id):
        self.asked.append(url)
        body = self.pages.get(url)
        if body is None:
            failure = fetch.FetchFailed("The page answered with status 404.")
            failure.status = 404
            raise failure
        if isinstance(body, Exception):
            raise body
        final, body = body if isinstance(body, tuple) else (url, body)
        kind = "application/xml" if body.startswith("<?xml") else "text/html"
        return fetch.Page(url=url, final_url=final, status=200, media_type=kind, charset="", body=body.encode())


def page(title, *links):
    inner = "".join(f'<a class="x" href="{link}">go</a>' for link in links)
    return f"<html><head><title>{title}</title></head><body><p>This is {title}.</p>{inner}</body></html>"


H = "https://docs.example"
SITE = {
    f"{H}/": page("Home", "/a", "b?x=1#top", "https://elsewhere.example/", "/logo.png", "mailto:x@y", "/secret/c"),
    f"{H}/a": page("A", "/deep"),
    f"{H}/b?x=1": page("B", "/"),
    f"{H}/deep": page("Deep", "/deeper"),
    f"{H}/deeper": page("Deeper"),
    f"{H}/secret/c": page("Secret"),
    f"{H}/robots.txt": "User-agent: *\nDisallow: /secret/\n",
    "https://elsewhere.example/": page("Elsewhere"),
}


def site(library, alice, address=f"{H}/", depth=1, pages=50):
    return work(intake_jobs.add_site(library, alice, address, depth=depth, pages=pages))


def test_a_site_is_followed_to_its_depth_on_one_host_as_its_robots_allow(library, alice, monkeypatch):
    web = Web(monkeypatch, **SITE)
    job = site(library, alice)
    assert (job.status, job.taken, job.refused) == ("done", 3, 1)
    assert {one.name for one in library.documents.all()} == {"Home.html", "A.html", "B.html"}
    assert dict(job.told) == {f"{H}/secret/c": intake_jobs.ROBOTS}
    assert not [url for url in web.asked if "elsewhere" in url or "logo" in url or "secret" in url]
    assert site(library, alice, depth=2).known == 3
    assert library.documents.filter(name="Deep.html", url=f"{H}/deep").exists()


def test_a_sitemap_names_the_pages_and_the_bound_holds(library, alice, monkeypatch):
    listed = "".join(f"<url><loc>{H}/p{n}</loc></url>" for n in range(30))
    sitemap = (
        f'<?xml version="1.0"?><urlset xmlns="x">{listed}<url><loc>https://elsewhere.example/</loc></url></urlset>'
    )
    pages = {f"{H}/p{n}": page(f"P{n}") for n in range(30)}
    Web(monkeypatch, **pages, **{f"{H}/sitemap.xml": sitemap})
    job = site(library, alice, f"{H}/sitemap.xml", pages=12)
    assert (job.status, job.taken, job.total, library.documents.count()) == ("done", 12, 12, 12)


def test_a_list_of_sitemaps_is_followed_once(library, alice, monkeypatch):
    index = f'<?xml version="1.0"?><sitemapindex><sitemap><loc>{H}/one.xml</loc></sitemap></sitemapindex>'
    one = f'<?xml version="1.0"?><urlset><url><loc>{H}/a</loc></url></urlset>'
    Web(monkeypatch, **{f"{H}/a": page("A"), f"{H}/one.xml": one, f"{H}/sitemap.xml": index})
    assert site(library, alice, f"{H}/sitemap.xml").taken == 1


@pytest.mark.parametrize(
    ("pages", "error"),
    [
        ({}, "The page answered with status 404."),
        ({**SITE, f"{H}/robots.txt": "User-agent: *\nDisallow: /"}, ""),
        ({**SITE, f"{H}/robots.txt": fetch.FetchFailed("The page took too long.")}, ""),
    ],
)
def test_a_site_that_gives_nothing_says_why(library, alice, monkeypatch, pages, error):
    Web(monkeypatch, **pages)
    job = site(library, alice)
    assert (job.error, job.taken) == (error, 0)
    assert error or dict(job.told) == {f"{H}/": intake_jobs.ROBOTS}


def test_a_page_that_leads_to_another_site_is_not_taken(library, alice, monkeypatch):
    Web(monkeypatch, **{**SITE, f"{H}/a": ("https://elsewhere.example/", page("Elsewhere"))})
    assert dict(site(library, alice).told)[f"{H}/a"] == intake_jobs.ELSEWHERE


def test_a_site_goes_on_where_the_last_slice_ended(library, alice, monkeypatch):
    web = Web(monkeypatch, **SITE)
    job = intake_jobs.add_site(library, alice, f"{H}/", depth=1, pages=50)
    monkeypatch.setattr(intake_jobs, "SLICE", -1)
    intake_jobs.run(IntakeJob.objects.claim(job.pk))
    monkeypatch.setattr(intake_jobs, "SLICE", 10)
    assert work(job).taken == 3
    assert web.asked.count(f"{H}/robots.txt") == 1


def test_the_api_takes_folders_archives_sites_and_notes(library, alice):
    client = as_(alice)
    address = f"/api/libraries/{library.pk}/documents"
    file = SimpleUploadedFile("b.txt", b"b")
    assert client.post(address, {"file": file, "path": "Team/../2024"}).json()["path"] == "Team/2024"
    job = client.post(address, {"file": SimpleUploadedFile("x.zip", zipped({"a.txt": b"a"}))}).json()["job"]
    assert (job["kind"], job["status"]) == ("archive", "queued")

    def sent(body):
        return client.post(address, json.dumps(body), content_type="application/json")

    assert sent({"site": f"{H}/", "depth": 99, "pages": 9999}).json()["job"]["kind"] == "site"
    assert IntakeJob.objects.get(kind="site").options == {"depth": sites.MOST_DEPTH, "pages": sites.MOST_PAGES}
    note = sent({"text": "# Rules\n\nNo smoking.", "name": ""}).json()
    assert (note["name"], note["note"], note["status"]) == ("Rules.md", True, "queued")
    progress = client.get(f"/api/libraries/{library.pk}/progress").json()
    assert (progress["counts"]["moving"], len(progress["jobs"])) == (2, 2)
    assert client.delete(f"/api/libraries/{library.pk}/jobs/{job['id']}").status_code == 204
    assert IntakeJob.objects.get(pk=job["id"]).status == "cancelled"


def test_a_changed_note_is_read_again_and_the_old_text_is_gone(library, alice, vectors, read):
    note, created = notes.add_note(library, "Rules", "No smoking.")
    tasks.ingest_document(str(note.pk))
    note.refresh_from_db()
    before = storage.path_of(note.file_name)
    assert (created, note.status, notes.text_of(note)) == (True, "ready", "No smoking.")
    answer = as_(alice).put(
        f"/api/libraries/{library.pk}/documents/{note.pk}/note",
        json.dumps({"text": "Smoking in the yard."}),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert not before.exists()
    tasks.ingest_document(str(note.pk))
    note.refresh_from_db()
    assert [chunk.text for chunk in note.chunks.all()] == ["Smoking in the yard."]
    assert len([key for key in vectors.stored if key[1] == note.pk]) == 1


def test_a_note_that_says_what_another_document_says_is_refused(library, add, rung):
    add("a.txt", "same")
    note, _created = notes.add_note(library, "Mine", "different")
    with pytest.raises(UploadRefused, match="exactly this text"):
        notes.change(note, "Mine", "same")
    note.refresh_from_db()
    assert notes.text_of(note) == "different"
    with pytest.raises(UploadRefused):
        notes.add_note(library, "", "  ")
