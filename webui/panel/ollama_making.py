"""Making a model on an Ollama server: from one that is there, or from weights that the browser sends in pieces."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from knowledge.documents import clean_name
from providers.models import Connection, OllamaJob
from providers.ollama_admin import jobs, uploads
from providers.ollama_admin.modelfile import BadModelfile, body_of, parameters_of
from providers.ollama_admin.names import BadName, reference
from providers.ollama_admin.uploads import PIECE, UploadRefused
from webui.conf import conf
from webui.panel.base import administrator_required
from webui.panel.ollama_jobs import host_or_404, host_path, started

QUANTISED = ("q4_K_M", "q4_K_S", "q8_0")
ROLES = ("weights", "adapter")
_LONGEST = 100_000
_WRONG = {
    "line": gettext_lazy("This line cannot be read: %(said)s"),
    "parameter": gettext_lazy("Ollama knows no such parameter, or not with this value: %(said)s"),
    "role": gettext_lazy("A message is of system, user or assistant: %(said)s"),
    "path": gettext_lazy("A file of your computer cannot be named here; choose it below to upload it: %(said)s"),
}


def _text(label: Any, rows: int, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "class": "mono"})
    return forms.CharField(label=label, required=False, max_length=_LONGEST, strip=False, widget=area, **options)


class CreateForm(forms.Form):
    """What goes into the model. Files are only announced here, by name and size."""

    name = forms.CharField(label=gettext_lazy("Name of the new model"), max_length=200)
    base = forms.CharField(label=gettext_lazy("Made from"), max_length=300, required=False)
    system = _text(gettext_lazy("System prompt"), 3)
    template = _text(gettext_lazy("Chat template"), 4)
    parameters = _text(gettext_lazy("Parameters"), 3)
    quantize = forms.ChoiceField(
        label=gettext_lazy("Quantise"),
        required=False,
        choices=[("", gettext_lazy("no")), *((level, level) for level in QUANTISED)],
    )
    modelfile = _text(gettext_lazy("Modelfile"), 6)
    weights_name = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    weights_size = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    adapter_name = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    adapter_size = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, connection: Connection, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connection = connection

    def clean_name(self) -> str:
        try:
            name = reference(self.cleaned_data["name"])
        except BadName:
            raise forms.ValidationError(
                _("A name has letters, digits, dots and dashes, such as my-model:latest.")
            ) from None
        full = name if ":" in name else f"{name}:latest"
        if self._connection.models.filter(name__in=[name, full], present=True).exists():
            raise forms.ValidationError(_("There is a model of this name already. Choose another name, or delete it."))
        return name

    def clean_parameters(self) -> dict[str, Any]:
        return dict(_read(parameters_of, self.cleaned_data["parameters"]))

    def clean_modelfile(self) -> dict[str, Any]:
        return dict(_read(body_of, self.cleaned_data["modelfile"]))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors:
            self.uploads = [
                {"role": role, "name": clean_name(given[f"{role}_name"]), "size": given[f"{role}_size"]}
                for role in ROLES
                if given.get(f"{role}_name") and given.get(f"{role}_size")
            ]
            if not self.body.get("from") and not any(file["role"] == "weights" for file in self.uploads):
                self.add_error("base", _("Name a model of this server to make it from, or choose a GGUF file."))
            try:
                uploads.check_room(sum(file["size"] for file in self.uploads))
            except UploadRefused as refusal:
                self.add_error(None, str(refusal))
        return given

    @property
    def body(self) -> dict[str, Any]:
        """Of /api/create: the Modelfile, and the fields over it."""
        given = self.cleaned_data
        body: dict[str, Any] = {**given["modelfile"]}
        fields = {"from": given["base"].strip(), "system": given["system"], "template": given["template"]}
        fields["quantize"] = given["quantize"]
        body |= {name: value for name, value in fields.items() if value.strip()}
        if parameters := {**body.get("parameters", {}), **given["parameters"]}:
            body["parameters"] = parameters
        if given.get("weights_name"):
            body.pop("from", None)  # the weights are what it is made from
        return body


@administrator_required
def create(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    form = CreateForm(request.POST or None, connection=row, initial={"base": request.GET.get("from", "")})
    wants_json = "application/json" in request.headers.get("Accept", "")
    if request.method == "POST" and form.is_valid():
        recipe = {"body": form.body, "uploads": form.uploads}
        job = OllamaJob(connection=row, kind=OllamaJob.Kind.CREATE, model=form.cleaned_data["name"], recipe=recipe)
        if form.uploads:
            return _announced(row, job)
        started(request, job)
        return redirect(f"{host_path(row)}#jobs")
    if request.method == "POST" and wants_json:
        errors = {name: [str(error) for error in found] for name, found in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    context = {
        "section": "ollama",
        "connection": row,
        "form": form,
        "bases": row.models.filter(present=True).order_by("name"),
        "most": conf.max_model_gb,
    }
    return render(request, "panel/ollama_create.html", context)


@administrator_required
@require_http_methods(["PUT"])
def piece(request: HttpRequest, connection_id: UUID, job_id: UUID) -> HttpResponse:
    """`?file=0&offset=0`: the next bytes of a file. The last ones start the work."""
    row = host_or_404(connection_id)
    job = get_object_or_404(row.ollama_jobs, pk=job_id, state=OllamaJob.State.UPLOADING)
    number, offset = (_number(request.GET.get(name, "")) for name in ("file", "offset"))
    if not 0 <= number < len(job.recipe["uploads"]) or offset < 0:
        return JsonResponse({"detail": _("A piece of the file is missing.")}, status=400)
    if _number(request.headers.get("Content-Length", "0")) > PIECE:
        return JsonResponse({"detail": _("More was sent than was announced.")}, status=413)
    try:
        have = uploads.take(job, number, offset, request)
    except UploadRefused as refusal:
        return JsonResponse({"detail": str(refusal), "have": refusal.have}, status=refusal.status)
    except OSError:
        return JsonResponse({"detail": _("The disk of this chat server is full.")}, status=507)
    if uploads.is_whole(job):
        waiting = OllamaJob.objects.filter(pk=job.pk, state=OllamaJob.State.UPLOADING)
        if waiting.update(state=OllamaJob.State.QUEUED):
            jobs.attend(row.pk)
    return JsonResponse({"have": have})


def _announced(row: Connection, job: OllamaJob) -> HttpResponse:
    """Where the browser sends the files to."""
    uploads.sweep()
    job.state = OllamaJob.State.UPLOADING
    job.save()
    address = reverse("panel_ollama_piece", args=[row.pk, job.pk])
    files = [
        {"role": file["role"], "address": f"{address}?file={number}"}
        for number, file in enumerate(job.recipe["uploads"])
    ]
    return JsonResponse({"piece": PIECE, "files": files, "then": f"{host_path(row)}#jobs"}, status=201)


def _read(reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except BadModelfile as problem:
        raise forms.ValidationError(str(_WRONG[problem.code]) % {"said": problem.said}) from None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else -1


urlpatterns: list[URLPattern] = [
    path("admin/ollama/<uuid:connection_id>/create/", create, name="panel_ollama_create"),
    path("admin/ollama/<uuid:connection_id>/jobs/<uuid:job_id>/piece/", piece, name="panel_ollama_piece"),
]
