"""Voice: which models hear and speak here. Each is tried before it is chosen; its own page says who may use it."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models import VoiceSettings
from providers.base import ProviderError
from providers.models import Connection, Model
from providers.voice.probing import Trial, try_speech, try_transcription
from providers.voice.speech import Spoken, voices_of
from webui.panel.base import administrator_required


class VoiceForm(forms.ModelForm):
    """What is chosen is tried when the form is checked, so nothing is saved that does not work."""

    class Meta:
        model = VoiceSettings
        fields = ["transcription", "speech", "voice"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.trials: dict[str, Trial] = {}
        self.voices: list[str] = list(self.instance.voices)
        for name in ("transcription", "speech"):
            rows = Model.objects.filter(kind=name, present=True, connection__enabled=True, replica_of=None)
            field: Any = self.fields[name]
            field.queryset = rows.select_related("connection").order_by("public_id")
            field.empty_label = gettext_lazy("none")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        spoken = self._try_speech(cleaned["speech"]) if cleaned["speech"] else None
        if cleaned["transcription"] and not self.errors:
            try:
                trial = async_to_sync(try_transcription)(cleaned["transcription"], spoken)
                self.trials["transcription"] = trial
            except ProviderError as failure:
                self.add_error("transcription", str(failure))
        return cleaned

    def save(self, commit: bool = True) -> VoiceSettings:
        row: VoiceSettings = super().save(commit=False)
        row.voices = self.voices
        row.save()
        return row

    def _try_speech(self, model: Model) -> Spoken | None:
        try:
            self.voices = list(async_to_sync(voices_of)(model.connection))
            voice = self.cleaned_data["voice"].strip() or self.voices[0]
            if voice not in self.voices:
                self.voices.insert(0, voice)
            spoken, self.trials["speech"] = async_to_sync(try_speech)(model, voice)
        except ProviderError as failure:
            self.add_error("speech", str(failure))
            return None
        self.instance.voice = self.cleaned_data["voice"] = voice
        return spoken


@administrator_required
def voice(request: HttpRequest) -> HttpResponse:
    row = VoiceSettings.objects.first() or VoiceSettings()
    form = VoiceForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        for sentence in (_("Saved."), *_told(form.trials)):
            messages.success(request, sentence)
        return redirect("panel_voice")
    shown = VoiceSettings.objects.select_related("transcription", "speech").first()
    chosen = [one for one in ((shown.transcription, shown.speech) if shown else ()) if one]
    counted = Model.objects.filter(pk__in=[one.pk for one in chosen]).annotate(
        people=Count("users", distinct=True), teams=Count("groups", distinct=True)
    )
    context = {
        "section": "voice",
        "form": form,
        "any": Model.objects.filter(kind__in=("speech", "transcription")).exists(),
        "connections": Connection.objects.exists(),
        "chosen": counted.order_by("kind"),
        "voices": row.voices,
    }
    return render(request, "panel/voice.html", context)


def _told(trials: dict[str, Trial]) -> list[str]:
    sentences = []
    if said := trials.get("speech"):
        sentences.append(_("It said “%(words)s” in %(seconds).1f s.") % {"words": said.words, "seconds": said.seconds})
    if heard := trials.get("transcription"):
        told = {"words": heard.words, "seconds": heard.seconds}
        tone = _("It answered to a tone in %(seconds).1f s.") % told
        sentences.append(_("It heard “%(words)s” in %(seconds).1f s.") % told if heard.words else tone)
    return sentences


urlpatterns: list[URLPattern] = [path("admin/voice/", voice, name="panel_voice")]
