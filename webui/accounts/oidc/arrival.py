"""Who somebody is here who has proved who they are there: a known account, a new one, or nobody."""

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from webui.accounts.hooks.sending import announce
from webui.accounts.models import User
from webui.accounts.oidc.models import Identity, Newcomers, SignInProvider
from webui.accounts.oidc.protocol import Proof, SignInFailed


def arrived(provider: SignInProvider, proof: Proof, already: User | None = None) -> User:
    """The account, made if need be; `already` is who is signed in and connects the two. Raises `SignInFailed`."""
    known = Identity.objects.select_related("user").filter(issuer=proof.issuer, subject=proof.subject).first()
    if already is not None:
        return _connected(provider, proof, already, known)
    _admit(provider, proof)
    user = known.user if known else _newcomer(provider, proof)
    follow_groups(provider, proof, user)
    return user


def follow_groups(provider: SignInProvider, proof: Proof, user: User) -> None:
    """In and out of the groups that are named in the map, and of no other."""
    if not provider.groups_claim or not provider.group_map:
        return
    wanted = {name for value, name in provider.group_map.items() if value in proof.groups}
    groups = list(Group.objects.filter(name__in=set(provider.group_map.values())))
    user.groups.add(*[group for group in groups if group.name in wanted])
    user.groups.remove(*[group for group in groups if group.name not in wanted])


def _connected(provider: SignInProvider, proof: Proof, already: User, known: Identity | None) -> User:
    if known and known.user_id != already.pk:
        raise SignInFailed(_("This account of %(name)s is connected to somebody else here.") % {"name": provider.name})
    if known is None:
        _remember(provider, proof, already)
    return already


def _admit(provider: SignInProvider, proof: Proof) -> None:
    """The domains are looked at every time: whoever moved to another company stays out."""
    if not provider.allowed_domains:
        return
    domain = proof.email.rpartition("@")[2]
    if domain not in provider.allowed_domains or proof.email_verified is False:
        raise SignInFailed(_("Only people with certain e-mail addresses may come in here. Ask an administrator."))


def _newcomer(provider: SignInProvider, proof: Proof) -> User:
    if provider.newcomers == Newcomers.REFUSED or not User.objects.exists():
        raise SignInFailed(_("There is no account here for you yet. Ask an administrator to add you."))
    if not proof.email or proof.email_verified is False:
        raise SignInFailed(
            _("%(name)s told no confirmed e-mail address of yours, which an account needs.") % {"name": provider.name}
        )
    if User.objects.filter(email__iexact=proof.email).exists():
        # Never by the address alone: whoever gets an address there would get the account here.
        text = _(
            "There is an account with your address already. Sign in to it, then connect %(name)s on your account page."
        )
        raise SignInFailed(text % {"name": provider.name})
    at_once = provider.newcomers == Newcomers.LET_IN
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                proof.email,
                None,
                name=proof.name,
                language=get_language() or "",
                is_active=at_once,
                approved_at=timezone.now() if at_once else None,
            )
            _remember(provider, proof, user)
    except IntegrityError:
        raise SignInFailed(_("Somebody signed in with this account at the same moment. Try again.")) from None
    announce(user)
    return user


def _remember(provider: SignInProvider, proof: Proof, user: User) -> None:
    Identity.objects.create(user=user, provider=provider, issuer=proof.issuer, subject=proof.subject, email=proof.email)
