"""The form of a new API key: what it is for, for how long, and what it may do at most."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from providers.access import models_for
from providers.models import Model
from webui.accounts.models import ApiKey, User, all_scopes

LIMITS = ("tokens_minute", "tokens_day", "answers_at_once")
MOST = 10**15


class KeyForm(forms.Form):
    """A new API key. It never may more than its person: models and limits only narrow that."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=100, help_text=_("So that you know later which one to revoke.")
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year")), (0, _("until revoked"))],
        initial=90,
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may be used for"),
        choices=ApiKey.Scope.choices,
        initial=all_scopes,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that the key may be used for.")},
    )
    models = forms.MultipleChoiceField(
        label=_("Only these models"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every model that you may use, also later ones."),
    )
    tokens_minute = forms.IntegerField(label=_("Tokens a minute"), required=False, min_value=0, max_value=MOST)
    tokens_day = forms.IntegerField(label=_("Tokens a day"), required=False, min_value=0, max_value=MOST)
    answers_at_once = forms.IntegerField(label=_("Answers at once"), required=False, min_value=0, max_value=MOST)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        ids = [
            public_id
            for kind in (Model.Kind.CHAT, Model.Kind.EMBEDDING, Model.Kind.SPEECH, Model.Kind.TRANSCRIPTION)
            for public_id in models_for(user, kind).order_by("position", "name").values_list("public_id", flat=True)
        ]
        self.fields["models"].choices = [(one, one) for one in ids]  # type: ignore[attr-defined]

    def narrow(self) -> bool:
        """Whether the part that most people leave alone is to be seen at once."""
        return any(name in self.errors for name in ("scopes", "models", *LIMITS))

    def limit_fields(self) -> list[BoundField]:
        return [self[name] for name in LIMITS]

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None

    def bounds(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"scopes": given["scopes"], "model_ids": given["models"], **{name: given[name] for name in LIMITS}}
