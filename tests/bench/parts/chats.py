"""Chats of many messages straight in the database: `python -m tests.bench.parts.chats COPIES SIZE...`.

They belong to the first of the people, and hold questions and answers of 40 to 60 characters. It prints
{size: [chat ids]}.
"""

import json
import os
import random
import re
import sys

WORDS = re.findall(r"\w+", __doc__.lower())


def made(copies: int, sizes: list[int]) -> dict[int, list[str]]:
    from webui.accounts.models import User

    owner = User.objects.get(email="person0000@example.org")
    return {size: [_chat(owner, size) for _copy in range(copies)] for size in sizes}


def _chat(owner: object, size: int) -> str:
    from django.db import transaction

    from chat.models import Conversation, Message

    with transaction.atomic():
        chat = Conversation.objects.create(owner=owner, title=f"A chat of {size} messages", model_ids=["plain"])
        newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = [_message(chat, newest + number, number) for number in range(1, size + 1)]
        Message.objects.bulk_create(rows, batch_size=500)
        chat.active_id = newest + size
        chat.save()
    return str(chat.pk)


def _message(chat: object, pk: int, number: int) -> object:
    from chat.models import Message

    text, words = _sentence(number), {}
    if number % 2 == 0:
        words = {"role": Message.Role.ASSISTANT, "model_name": "plain", "finish_reason": "stop"}
        words |= {"trail": [["waiting", ""], ["generating", ""], 20, len(text) - 20], "seq": 5}
    else:
        words = {"role": Message.Role.USER, "author": chat.owner}
    return Message(pk=pk, conversation=chat, parent_id=pk - 1 if number > 1 else None, text=text, **words)


def _sentence(number: int) -> str:
    chance = random.Random(number)
    words, length = [], chance.randint(40, 54)
    while len(" ".join(words)) < length:
        words.append(chance.choice(WORDS))
    return " ".join(words).capitalize() + "."


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")
    import django

    django.setup()
    copies, *sizes = map(int, sys.argv[1:])
    print(json.dumps(made(copies, sizes)))
