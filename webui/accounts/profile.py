"""A person's own page: name, language, password, API keys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webui.accounts.forms import ProfileForm
from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.key_forms import KeyForm
from webui.accounts.language import remember_language
from webui.accounts.models import ApiKey, User
from webui.accounts.oidc.models import Identity, SignInProvider
from webui.audit.models import Entry
from webui.audit.reading import ReadingRule


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    if request.method != "POST":
        return _page(request, profile=ProfileForm(instance=user))
    form = ProfileForm(request.POST, instance=user)
    if not form.is_valid():
        return _page(request, profile=form)
    form.save()
    messages.success(request, _("Saved."))
    response = redirect("account")
    remember_language(response, user)
    return response


@login_required
@fresh_sign_in_required
@require_POST
def create_key(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself, not a redirect: the key is shown in this one answer and kept nowhere."""
    user = _person(request)
    form = KeyForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, key_form=form)
    _key, text = ApiKey.issue(user, form.cleaned_data["name"], form.expires_at(), **form.bounds())
    return _page(request, new_key=text)


@login_required
@require_POST
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.visible_to(_person(request)), pk=pk)
    key.delete()
    messages.success(request, _("The key “%(name)s” is revoked. It opens nothing any more.") % {"name": key.label})
    return redirect("account")


def _page(
    request: HttpRequest,
    *,
    profile: ProfileForm | None = None,
    key_form: KeyForm | None = None,
    new_key: str = "",
) -> HttpResponse:
    user = _person(request)
    return render(
        request,
        "accounts/account.html",
        {
            "profile": profile or ProfileForm(instance=user),
            "key_form": key_form or KeyForm(user=user),
            "keys": ApiKey.objects.visible_to(user).order_by("-created_at"),
            "new_key": new_key,
            "identities": Identity.objects.filter(user=user).select_related("provider"),
            "providers": SignInProvider.objects.filter(enabled=True).exclude(identities__user=user),
            "now": timezone.now(),
            "looks": _looks_at(user),
        },
    )


def _looks_at(user: User) -> list[Entry]:
    """Who of the administration has read one's chats, the latest first. No query where nobody ever may have."""
    return list(Entry.objects.filter(action="chat read", after__of=user.email)[:10]) if ReadingRule.shown().pk else []


def _person(request: HttpRequest) -> User:
    """`login_required` has let nobody else through."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
