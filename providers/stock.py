"""The rows of models: what a server was found to have, written down without touching what people decided."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from providers.access import admit, rule_for
from providers.found import FoundModel
from providers.memory import Memory
from providers.models import Connection, Model, NewModels

_TOLD = ["kind", "window", "capabilities", "present", "digest", "digest_changed_at"]


def keep(connection: Connection, found: Iterable[FoundModel]) -> None:
    """Bring the connection's models up to date. Those that are gone stay, as gone, with their rights."""
    memory = Memory(connection.card, connection.learnt)
    known = {model.name: model for model in connection.models.all()}
    seen = {model.name: model for model in found}
    changed = [row for name, row in known.items() if name in seen and _taken_over(row, seen[name], memory)]
    Model.objects.bulk_update(changed, _TOLD, batch_size=100)
    _add_all(connection, [model for name, model in seen.items() if name not in known], memory)
    gone = [row.pk for name, row in known.items() if name not in seen and row.present and not row.by_hand]
    if gone:
        Model.objects.filter(pk__in=gone).update(present=False)


def add_by_hand(connection: Connection, name: str) -> Model:
    """A model whose name an administrator typed, for servers that do not tell."""
    row = connection.models.filter(name=name).first()
    if row is None:
        (row,) = _add_all(connection, [FoundModel(name=name)], Memory(connection.card), by_hand=True)
    if not (row.by_hand and row.present):
        row.by_hand = row.present = True
        row.save(update_fields=["by_hand", "present"])
    if connection.problem_code in ("no_list", "no_models"):
        connection.problem_code = connection.problem = ""
        connection.save(update_fields=["problem_code", "problem"])
    return row


def correct(connection: Connection) -> None:
    """What the card says of models that no list tells of."""
    memory = Memory(connection.card, connection.learnt)
    rows = list(connection.models.filter(present=True))
    for row in rows:
        row.capabilities = abilities(row.capabilities, memory.of(row.name))
    Model.objects.bulk_update(rows, ["capabilities"], batch_size=100)


def abilities(told: Iterable[str], facts: Mapping[str, Any]) -> list[str]:
    """What the server says a model can do, corrected by what the Doctor tried and what use has shown."""
    found = set(told)
    for ability in ("vision", "tools"):
        if facts.get(ability) == "yes":
            found.add(ability)
        elif facts.get(ability) in ("no", "ignored"):
            found.discard(ability)
    return sorted(found)


def _taken_over(row: Model, found: FoundModel, memory: Memory) -> bool:
    """Bring the row up to date; whether anything changed."""
    new: dict[str, object] = {
        "kind": row.kind if row.kind_by_hand else found.kind,
        "window": row.window if row.window_by_hand else _window(found, memory),
        "capabilities": abilities(found.capabilities, memory.of(row.name)),
        "present": True,
        "digest": found.digest or row.digest,
    }
    if row.digest and new["digest"] != row.digest:
        new["digest_changed_at"] = timezone.now()
    changed = {name: value for name, value in new.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _window(found: FoundModel, memory: Memory) -> int | None:
    """As the server says; where it does not, as it said when a question was too long."""
    return found.window or memory.of(found.name).get("window")


def _add_all(
    connection: Connection, found: Sequence[FoundModel], memory: Memory, *, by_hand: bool = False
) -> list[Model]:
    ids = _free_ids([connection.prefix + model.name for model in found], connection)
    rows = [
        Model(
            connection=connection,
            name=model.name,
            public_id=public_id,
            kind=model.kind,
            window=_window(model, memory),
            capabilities=abilities(model.capabilities, memory.of(model.name)),
            digest=model.digest,
            by_hand=by_hand,
        )
        for model, public_id in zip(found, ids, strict=True)
    ]
    rows = Model.objects.bulk_create(rows)
    if _is_generous(connection):
        for row in rows:
            admit(row)
    return rows


def _is_generous(connection: Connection) -> bool:
    """Whether new models are given to anybody at all: asked once for all that were found."""
    rule = rule_for(connection)
    return connection.from_environment if rule is None else rule.rule != NewModels.Rule.NOBODY


def _free_ids(wanted: Sequence[str], connection: Connection) -> list[str]:
    """The server's own ids, or with the connection's name behind them where another connection has the same."""
    slug = slugify(connection.name) or str(connection.pk)[:8]
    options = [[name, f"{name}@{slug}", f"{name}@{slug}-{str(connection.pk)[:8]}"] for name in wanted]
    taken: set[str] = set()
    every = [option for three in options for option in three]
    for start in range(0, len(every), 900):  # SQLite takes only so many parameters
        part = every[start : start + 900]
        taken.update(Model.objects.filter(public_id__in=part).values_list("public_id", flat=True))
    chosen = []
    for three in options:
        chosen.append(next(option for option in three if option not in taken))
        taken.add(chosen[-1])
    return chosen
