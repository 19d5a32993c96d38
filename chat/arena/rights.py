"""Who may enter the arena, and who may see the leaderboard: administrators, and whom the rule names besides."""

from typing import TYPE_CHECKING

from chat.models import ArenaRule

if TYPE_CHECKING:
    from webui.accounts.models import User


def rule() -> ArenaRule:
    return ArenaRule.objects.first() or ArenaRule()


def may_play(user: "User") -> bool:
    """It costs two answers for one question."""
    now = rule()
    return _reached(user, now, now.players, "player_groups")


def may_view(user: "User") -> bool:
    now = rule()
    return _reached(user, now, now.viewers, "viewer_groups")


def _reached(user: "User", now: ArenaRule, who: str, groups: str) -> bool:
    if not user.is_active:
        return False
    if user.is_superuser or who == ArenaRule.Rule.EVERYONE:
        return True
    in_group = who == ArenaRule.Rule.GROUPS and now.pk is not None
    return in_group and getattr(now, groups).filter(pk__in=user.groups.all()).exists()
