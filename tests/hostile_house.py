"""A house in which every text that is shown somewhere is hostile: all strings in every kind of thing."""

from tests.hostile import BY_KIND, HOSTILE

TOGETHER = ["\n".join(texts) for texts in BY_KIND.values()]


def furnish(world, root):
    """Beside what `world` of tests/test_doors.py has, the same things again with every string as their words."""
    alice, chat, library = world["alice"], world["chat"], world["library"]
    _said(alice, chat)
    _kept(alice, chat)
    _read(alice, library, world["document"])
    _served(world["connection"])
    _people(alice, root)
    _judged(alice, chat)
    _entered(alice, root)


def _said(alice, chat):
    from chat.models import Conversation, Message, Source

    Conversation.objects.bulk_create(Conversation(owner=alice, title=text[:200]) for text in HOSTILE)
    parent = chat.active
    for at, text in enumerate(TOGETHER[:9]):
        asked = Message.objects.create(conversation=chat, parent=parent, author=alice, role="user", text=text)
        said = {"text": text + "\n\n[1] [2]", "reasoning": text, "model_name": text[:420], "host": text[:100]}
        wrong = {"state": "failed", "error_code": "internal", "error_detail": text} if at % 2 else {}
        parent = Message.objects.create(conversation=chat, parent=asked, role="assistant", **said, **wrong)
    Source.objects.bulk_create(
        Source(
            message=parent,
            n=number,
            title=text[:500],
            url=text[:2000] if ":" in text[:14] else "",
            document_name=text[:255],
            heading=text[:500],
            text=text,
            cited=number < 3,
        )
        for number, text in enumerate(HOSTILE, 1)
    )
    chat.title = HOSTILE[0]
    chat.save()
    chat.show(parent)


def _kept(alice, chat):
    from chat.models import Assistant, Folder, Prompt, Tag

    Folder.objects.bulk_create(Folder(owner=alice, name=text[:80], prompt=text) for text in HOSTILE)
    Tag.objects.bulk_create(Tag(conversation=chat, name=name) for name in {text[:40] for text in HOSTILE})
    Assistant.objects.bulk_create(
        Assistant(owner=alice, name=text[:100], description=text[:300], system=text, base_model=text[:420])
        for text in HOSTILE
    )
    Prompt.objects.bulk_create(
        Prompt(owner=alice, command=f"c{number}", name=text[:100], text=text) for number, text in enumerate(HOSTILE)
    )


def _read(alice, library, document):
    from knowledge.models import Chunk, Document, GoldenQuestion, IntakeJob, Library

    Library.objects.bulk_create(Library(owner=alice, name=text[:100]) for text in HOSTILE)
    Library.objects.filter(pk=library.pk).update(name=HOSTILE[5][:100])
    Document.objects.bulk_create(
        Document(
            library=library, name=text[:255], path=text[:500], status="failed", error=text, sha256=f"{number:064d}"
        )
        for number, text in enumerate(HOSTILE, 1)
    )
    Document.objects.filter(pk=document.pk).update(name=HOSTILE[21][:255], url=HOSTILE[43], path=HOSTILE[1])
    Chunk.objects.bulk_create(
        Chunk(document=document, ordinal=number, text=text, heading=text[:500])
        for number, text in enumerate(HOSTILE, 1)
    )
    GoldenQuestion.objects.bulk_create(GoldenQuestion(library=library, text=text, expected=[]) for text in HOSTILE)
    IntakeJob.objects.bulk_create(
        IntakeJob(library=library, user=alice, kind="archive", name=text[:200]) for text in HOSTILE[:40]
    )


def _served(connection):
    from providers.models import Connection, Model

    Connection.objects.filter(pk=connection.pk).update(name=HOSTILE[2][:100], problem=TOGETHER[1], enabled=False)
    Model.objects.bulk_create(
        Model(
            connection=connection,
            name=text[:300],
            public_id=f"{number} {text}"[:420],
            description=text,
            for_everyone=True,
        )
        for number, text in enumerate(HOSTILE)
    )


def _people(alice, root):
    from django.contrib.auth.models import Group

    from webui.accounts.models import User

    alice.name = HOSTILE[3]
    alice.save()
    User.objects.bulk_create(
        User(email=f"p{number}@example.org", name=text[:100]) for number, text in enumerate(HOSTILE)
    )
    Group.objects.bulk_create(Group(name=f"{number} {text}"[:150]) for number, text in enumerate(HOSTILE))


def _judged(alice, chat):
    from chat.models import Rating

    answers = chat.messages.filter(role="assistant")
    Rating.objects.bulk_create(
        Rating(message=answer, person=alice, value="down", note=answer.text[:2000], reasons=["<b>"], shared=True)
        for answer in answers
    )
    type(chat).objects.filter(pk=chat.pk).update(has_ratings=True)


def _entered(alice, root):
    """What administrators write into forms, and the names that alice gives her keys."""
    from datetime import timedelta

    from django.utils import timezone

    from knowledge.models import SearchEngine
    from webui.accounts.hooks.models import SignUpHook
    from webui.accounts.invitations import Invitation
    from webui.accounts.models import ApiKey
    from webui.accounts.oidc.models import SignInProvider
    from webui.banners.models import Banner

    SearchEngine.objects.bulk_create(
        SearchEngine(kind="searxng", name=text[:80], base_url=text, enabled=False) for text in HOSTILE
    )
    ApiKey.objects.bulk_create(
        ApiKey(user=alice, name=text[:100], prefix="sk-x", digest=f"{number:064d}")
        for number, text in enumerate(HOSTILE)
    )
    SignInProvider.objects.bulk_create(
        SignInProvider(name=text[:60], discovery_url=text[:500], client_id=text) for text in HOSTILE
    )
    SignUpHook.objects.bulk_create(SignUpHook(name=text[:60], problem=text) for text in HOSTILE)
    until = timezone.now() + timedelta(days=1)
    Invitation.objects.bulk_create(
        Invitation(digest=f"{number:064d}", note=text[:100], created_by=root, expires_at=until)
        for number, text in enumerate(HOSTILE)
    )
    Banner.objects.bulk_create(
        Banner(text=text[start : start + 600], text_zh=text[:600], at_sign_in=True)
        for text in TOGETHER
        for start in range(0, len(text), 600)
    )
