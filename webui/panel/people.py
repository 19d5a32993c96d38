"""People: who waits for approval, who may sign in, who administers."""

from collections.abc import Callable

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from webui.accounts import second_factor
from webui.accounts.fresh import ask_again, fresh_sign_in_required
from webui.accounts.models import LastAdministrator, User
from webui.accounts.sessions import places_of
from webui.audit.entries import record
from webui.audit.reading import ReadingRule
from webui.panel import parts
from webui.panel.base import administrator_required

A_PAGE = 50
WAITING_SHOWN = 20
FACTORS = {
    "totp": gettext_lazy("app with codes"),
    "webauthn": gettext_lazy("passkey"),
    "recovery_codes": gettext_lazy("recovery codes"),
}
FREE = ("approve", "refuse")  # decided many times a day, and easily taken back


class PersonForm(forms.ModelForm):
    """A new person, who chooses the password with a link."""

    class Meta:
        model = User
        fields = ("email", "name")
        labels = {"email": gettext_lazy("E-mail"), "name": gettext_lazy("Full name")}

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("There is already an account with this e-mail address."))
        return email


@administrator_required
def people(request: HttpRequest) -> HttpResponse:
    found = User.objects.search(request.GET.get("q", "").strip()).order_by("-date_joined")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    waiting = User.objects.waiting().order_by("date_joined")
    context = {
        "section": "people",
        "page": page,
        "q": request.GET.get("q", ""),
        "waiting": waiting[:WAITING_SHOWN],
        "waiting_count": waiting.count(),
    }
    return render(request, "panel/people.html", context)


@administrator_required
def new_person(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "panel/people_new.html", {"section": "people", "form": form})
    person = User.objects.create_user(form.cleaned_data["email"], name=form.cleaned_data["name"])
    person.approve()
    return _person_page(request, person, link=_password_link(request, person))


@administrator_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_page(request, get_object_or_404(User, pk=pk))


@administrator_required
@fresh_sign_in_required
@require_POST
def password_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers with the page itself: the link is shown in this one answer."""
    person = get_object_or_404(User, pk=pk)
    return _person_page(request, person, link=_password_link(request, person))


@administrator_required
@require_POST
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if decision not in DECISIONS or not _may_decide(request, person, decision):
        raise Http404
    if decision not in FREE and (again := ask_again(request)):
        return again
    try:
        messages.success(request, DECISIONS[decision](person) % {"who": person.display_name})
    except LastAdministrator as refusal:
        messages.error(request, str(refusal))
    return redirect("panel_person", pk) if User.objects.filter(pk=pk).exists() else redirect("panel_people")


def _may_decide(request: HttpRequest, person: User, decision: str) -> bool:
    """Who only helps with people decides little, and about nobody who administers anything."""
    if request.user.is_superuser:
        return True
    return decision in parts.HELPERS_DECIDE and not person.administers


@administrator_required
@fresh_sign_in_required
@require_POST
def entrust(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    person.entrust([name for name in parts.PARTS if name in request.POST.getlist("part")])
    messages.success(request, _("Saved."))
    return redirect("panel_person", pk)


def _approve(person: User) -> str:
    person.approve()
    return _("%(who)s may sign in now.")


def _refuse(person: User) -> str:
    if person.refuse():
        return _("The request of %(who)s is refused and forgotten.")
    return _("Nothing was changed: %(who)s does not wait for approval any more.")


def _disable(person: User) -> str:
    person.disable()
    return _("%(who)s is signed out everywhere and cannot sign in; API keys open nothing.")


def _make_administrator(person: User) -> str:
    person.make_administrator()
    return _("%(who)s is an administrator now.")


def _remove_administrator(person: User) -> str:
    person.remove_administrator()
    return _("%(who)s is not an administrator any more.")


def _reset_second_step(person: User) -> str:
    second_factor.reset(person)
    return _("The second step of %(who)s is taken away, and they are signed out everywhere.")


def _sign_out(person: User) -> str:
    person.end_sessions()
    record("sessions ended", person)
    return _("%(who)s is signed out everywhere.")


DECISIONS: dict[str, Callable[[User], str]] = {
    "approve": _approve,
    "refuse": _refuse,
    "disable": _disable,
    "enable": _approve,
    "make-administrator": _make_administrator,
    "remove-administrator": _remove_administrator,
    "reset-second-step": _reset_second_step,
    "sign-out": _sign_out,
}


def _person_page(request: HttpRequest, person: User, link: str = "") -> HttpResponse:
    factors = Authenticator.objects.filter(user=person).order_by("type")
    context = {
        "section": "people",
        "person": person,
        "link": link,
        "places": places_of(person, None),
        "parts": [(name, part, name in person.parts) for name, part in parts.PARTS.items()],
        "may_decide": request.user.is_superuser or not person.administers,
        "reads": ReadingRule.shown().administrators,
        "factors": list(dict.fromkeys(FACTORS[one.type] for one in factors)),
    }
    return render(request, "panel/people_person.html", context)


def _password_link(request: HttpRequest, person: User) -> str:
    """Works once: the password and the last sign-in are part of what its token is made from."""
    token = default_token_generator.make_token(person)
    address = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), token])
    return request.build_absolute_uri(address)


urlpatterns: list[URLPattern] = [
    path("admin/people/", people, name="panel_people"),
    path("admin/people/new/", new_person, name="panel_person_new"),
    path("admin/people/<int:pk>/", person, name="panel_person"),
    path("admin/people/<int:pk>/password-link/", password_link, name="panel_password_link"),
    path("admin/people/<int:pk>/parts/", entrust, name="panel_entrust"),
    path("admin/people/<int:pk>/<slug:decision>/", decide, name="panel_person_decide"),
]
