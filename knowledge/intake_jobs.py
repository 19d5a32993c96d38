"""Archives and sites become documents: in slices, so that other work comes in between and a killed worker costs one.

Each slice begins where the last one ended, and what it adds twice is recognised by its content. The rights of whoever
asked are looked at with every document.
"""

import time
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.utils.translation import gettext, gettext_noop, override

from knowledge import archives, documents, storage
from knowledge.archives import ArchiveRefused, Member
from knowledge.documents import UploadRefused
from knowledge.models import Document, IntakeJob, JobGone, Library, Right
from knowledge.web import sites
from knowledge.web.fetch import FetchError, Page, fetch
from webui.conf import conf

if TYPE_CHECKING:
    from webui.accounts.models import User

PLACE = "archives"
SLICE = 10.0  # seconds
MOST_WAITING = 5  # jobs of one library that are not over
_PIECE = 1024 * 1024
NO_RIGHT = gettext_noop("You may not add documents to this library any more.")
ROBOTS = gettext_noop("The site asks programs not to read this page (robots.txt).")
ELSEWHERE = gettext_noop("It leads to another site.")
TOO_LARGE = gettext_noop("This file is larger than is allowed here.")
NOTHING = gettext_noop("There is no page to be read there.")


def add_archive(library: Library, user: "User", name: str, source: documents.Source) -> IntakeJob:
    """Keeps the archive until it is unpacked. Raises `UploadRefused`."""
    _check_number(library)
    try:
        stored = storage.store(source, limit=conf.max_upload_mb * _PIECE, place=PLACE)
    except storage.TooLarge:
        raise documents.too_large() from None
    except storage.StorageFull:
        raise UploadRefused(gettext("The server's disk is full. Tell an administrator."), 507) from None
    job = IntakeJob.objects.create(
        library=library,
        user=user,
        kind=IntakeJob.Kind.ARCHIVE,
        name=documents.clean_name(name),
        file_name=stored.name,
    )
    job.begin_later()
    return job


def add_site(library: Library, user: "User", address: str, *, depth: int, pages: int) -> IntakeJob:
    """Raises `UploadRefused`."""
    _check_number(library)
    limits = {"depth": min(max(depth, 0), sites.MOST_DEPTH), "pages": min(max(pages, 1), sites.MOST_PAGES)}
    job = IntakeJob.objects.create(
        library=library, user=user, kind=IntakeJob.Kind.SITE, name=address.strip()[:2000], options=limits
    )
    job.begin_later()
    return job


def shown_of(library: Library) -> list[IntakeJob]:
    return list(library.jobs.select_related(None)[:10])


def put_away(library: Library, job_id: int) -> None:
    """Cancel what goes on; forget what is over."""
    job = library.jobs.filter(pk=job_id).first()
    if job is None:
        return
    storage.remove(job.file_name, PLACE)
    if job.is_over:
        job.delete()
    else:
        cancelled: dict[str, Any] = {
            "status": IntakeJob.Status.CANCELLED,
            "claim": None,
            "lease_until": None,
            "place": {},
        }
        IntakeJob.objects.filter(pk=job.pk).update(**cancelled)


def to_wire(job: IntakeJob) -> dict[str, Any]:
    return {
        "id": job.pk, "kind": job.kind, "name": job.name, "status": job.status, "over": job.is_over,
        "done": job.done, "total": job.total, "taken": job.taken, "known": job.known, "refused": job.refused,
        "error": job.problem,
        "told": [{"name": name, "problem": gettext(sentence)} for name, sentence in job.told],
    }  # fmt: skip


def run(job: IntakeJob) -> None:
    """One slice of a claimed job. Whatever happens to it is in its row afterwards."""
    # What documents.py and fetch.py say is in the language of whoever asked; our own reasons are translated when shown.
    with override(getattr(job.user, "language", "") or "en"):
        try:
            problem = ""
            try:
                if _unpack(job) if job.kind == IntakeJob.Kind.ARCHIVE else _walk(job):
                    job.rest()
                    job.begin_later()
                    return
            except (ArchiveRefused, FetchError, UploadRefused) as refusal:
                problem = str(refusal)
            job.end(problem)
        except JobGone:
            return
    storage.remove(job.file_name, PLACE)


def sweep_files() -> int:
    """Archives whose job is over or gone."""
    needed = IntakeJob.objects.exclude(file_name="").filter(status__in=["queued", "working"])
    return storage.sweep_orphans(needed.values_list("file_name", flat=True), PLACE)


def _check_number(library: Library) -> None:
    if library.jobs.filter(status__in=["queued", "working"]).count() >= MOST_WAITING:
        raise UploadRefused(gettext("Archives and sites are waiting here already. Let these end first."), 429)


def _unpack(job: IntakeJob) -> bool:
    """Whether there is more to be done."""
    path = storage.path_of(job.file_name, PLACE)
    if not path.exists():
        raise ArchiveRefused(archives.DAMAGED)
    begun = time.monotonic()
    for number, member in enumerate(archives.members(path, job.name), 1):
        if number <= job.done:
            continue
        if time.monotonic() - begun > SLICE:
            return True
        _take_member(job, member)
        job.done, job.total = number, max(number, job.total)
        job.keep()
    return False


def _take_member(job: IntakeJob, member: Member) -> None:
    shown = f"{member.folder}/{member.name}".strip("/")
    if member.problem or member.source is None:
        job.refuse(shown, member.problem)
        return
    limit = conf.max_upload_mb * _PIECE
    with SpooledTemporaryFile(max_size=_PIECE) as copy:
        size = 0
        while piece := member.source.read(_PIECE):
            size += len(piece)
            if size > limit:
                job.refuse(shown, TOO_LARGE)
                return
            copy.write(piece)
        copy.seek(0)
        top = job.name.partition(".")[0]
        _add(job, shown, member.name, copy, path=f"{top}/{member.folder}")


def _add(job: IntakeJob, shown: str, name: str, source: documents.Source, **options: str) -> None:
    if not Library.objects.visible_to(job.user, Right.WRITE).filter(pk=job.library_id).exists():
        raise UploadRefused(NO_RIGHT, 404)
    try:
        created = documents.add_file(job.library, name, source, **options)[1]  # type: ignore[arg-type]
    except UploadRefused as refusal:
        job.refuse(shown, str(refusal))
        return
    except Document.DoesNotExist:
        raise JobGone(str(job.pk)) from None  # the library went meanwhile
    job.taken, job.known = job.taken + created, job.known + (not created)


def _walk(job: IntakeJob) -> bool:
    if not job.place:
        begun = async_to_sync(sites.begin)(job.name, depth=job.options["depth"], user_id=job.user_id)
        if not begun.left:
            raise UploadRefused(NOTHING, 422)
        _remember(job, begun)
    walk = sites.Walk(**{**job.place, "left": [(address, depth) for address, depth in job.place["left"]]})
    began = time.monotonic()
    while walk.left and job.done < job.options["pages"]:
        if time.monotonic() - began > SLICE:
            return True
        address, depth = walk.left.pop(0)
        _take_page(job, walk, address, depth)
        job.done += 1
        _remember(job, walk)
        if walk.left and job.done < job.options["pages"]:
            time.sleep(walk.pause)
    return False


def _take_page(job: IntakeJob, walk: sites.Walk, address: str, depth: int) -> None:
    if not walk.allows(address):
        job.refuse(address, ROBOTS)
        return
    try:
        page: Page = async_to_sync(fetch)(address, user_id=job.user_id)
    except FetchError as error:
        job.refuse(address, str(error))
        return
    if not walk.holds(page.final_url):
        job.refuse(address, ELSEWHERE)
        return
    if depth:
        walk.add(sites.links_of(page), depth - 1)
    name, body = documents.file_of_page(page)
    _add(job, address, name, BytesIO(body), url=page.final_url)


def _remember(job: IntakeJob, walk: sites.Walk) -> None:
    job.place = {
        "host": walk.host, "left": walk.left, "known": walk.known, "robots": walk.robots, "pause": walk.pause,
    }  # fmt: skip
    job.total = min(job.options["pages"], job.done + len(walk.left))
    job.keep()
