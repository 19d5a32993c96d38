"""POST /account/voice/: a person's voice, speed and who writes down what they say."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from chat.models import VoiceChoice
from chat.models.voice import QUICKEST, SLOWEST
from chat.voice import chosen

SPEEDS = (0.75, 1.0, 1.25, 1.5, 2.0)


class VoiceChoiceForm(forms.ModelForm):
    """The voices are those of the chosen model; none of them is as everybody's."""

    class Meta:
        model = VoiceChoice
        fields = ["voice", "speed", "ears"]
        labels = {
            "voice": gettext_lazy("Voice"),
            "speed": gettext_lazy("Speed"),
            "ears": gettext_lazy("Dictation is written down by"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = chosen.chosen().voices
        voices = [("", gettext_lazy("as everybody's")), *((one, one) for one in known)]
        self.fields["voice"] = forms.ChoiceField(label=_("Voice"), choices=voices, required=False)
        if self.instance.voice not in known:
            self.initial["voice"] = ""
        speeds = sorted({*SPEEDS, self.instance.speed})
        self.fields["speed"] = forms.TypedChoiceField(
            label=_("Speed"), coerce=float, choices=[(speed, f"{speed:g} ×") for speed in speeds]
        )

    def clean_speed(self) -> float:
        return min(max(float(self.cleaned_data["speed"]), SLOWEST), QUICKEST)


@login_required
@require_POST
def keep_voice(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = VoiceChoiceForm(request.POST, instance=chosen.choice_of(user))
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("This voice is not there any more. Choose another."))
    return redirect("account")
