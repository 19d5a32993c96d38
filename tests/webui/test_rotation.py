"""Another key for the secrets at rest, and nothing is entered anew."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command

from webui import crypto, rotation
from webui.audit.models import Entry
from webui.conf import conf

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(tmp_path, monkeypatch):
    """house(key): this installation as if it were started with that key in its data folder."""

    def started(key):
        settings = conf.model_copy(update={"secret_key_text": "", "data": tmp_path})
        vars(settings).pop("instance", None)
        for place in ("webui.crypto.conf", "webui.management.commands.rotate_key.conf"):
            monkeypatch.setattr(place, settings)
        if key:
            (tmp_path / "secret_key").write_text(key)
        crypto._own.cache_clear()
        return tmp_path

    yield started
    monkeypatch.undo()
    crypto._own.cache_clear()


def everything_secret(person):
    from knowledge.models import SearchEngine
    from providers.models import Connection
    from webui.accounts.hooks.models import SignUpHook
    from webui.accounts.oidc.models import SignInProvider

    connection = Connection(name="Lab", base_url="http://127.0.0.1:1/v1")
    connection.api_key = "sk-lab"
    connection.save()
    engine = SearchEngine(kind="tavily")
    engine.api_key = "tvly-1"
    engine.save()
    hook = SignUpHook.objects.create(name="House", encrypted_url=crypto.encrypt("https://hooks.example/secret"))
    provider = SignInProvider.objects.create(name="Work", encrypted_secret=crypto.encrypt("client secret"))
    totp = Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": crypto.encrypt("JBSWY3DP")}
    )
    codes = RecoveryCodes.activate(person).get_unused_codes()

    def told():
        for row in (connection, engine, hook, provider, totp):
            row.refresh_from_db()
        return (
            connection.api_key,
            engine.api_key,
            hook.url,
            provider.secret,
            crypto.decrypt(totp.data["secret"]),
            RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes() == codes,
        )

    return told


def test_after_another_key_every_secret_is_readable_and_with_the_old_key_none(house, alice, capsys):
    data = house("the first key, which somebody may have seen")
    told = everything_secret(alice)
    before = told()
    call_command("rotate_key")
    new = (data / "secret_key").read_text()
    assert new not in capsys.readouterr().out
    assert (data / "secret_key").stat().st_mode & 0o077 == 0
    assert not (data / "secret_key.new").exists()
    house("")
    assert told() == before == ("sk-lab", "tvly-1", "https://hooks.example/secret", "client secret", "JBSWY3DP", True)
    assert Entry.objects.get(action="key rotated").after["providers.connection.encrypted_key"] == 1
    assert rotation.readable_with(new)
    assert not rotation.readable_with("the first key, which somebody may have seen")


def test_a_run_that_was_cut_is_ended_by_the_next(house, alice):
    data = house("the first key")
    told = everything_secret(alice)
    new = rotation.new_key()
    (data / "secret_key.new").write_text(new)
    rotation.rotate("the first key", new)  # …and the power went here
    call_command("rotate_key")
    assert (data / "secret_key").read_text() == new
    house("")
    assert told()[0] == "sk-lab"


def test_with_a_secret_of_yet_another_key_nothing_is_changed(house, alice):
    from providers.models import Connection

    data = house("the first key")
    told = everything_secret(alice)
    lost = Connection.objects.create(name="Old", base_url="http://127.0.0.1:2/v1")
    Connection.objects.filter(pk=lost.pk).update(encrypted_key=crypto.Box("yet another").encrypt("sk-old"))
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("rotate_key")
    assert (data / "secret_key").read_text() == "the first key"
    assert told()[0] == "sk-lab"


def test_every_column_that_holds_a_secret_is_found():
    found = {f"{model._meta.label_lower}.{name}" for model, name in rotation.columns()}
    assert {
        "providers.connection.encrypted_key",
        "providers.connection.encrypted_headers",
        "knowledge.searchengine.encrypted_key",
        "knowledge.retrievalsettings.encrypted_embedding_key",
        "accounts.signinprovider.encrypted_secret",
        "accounts.signuphook.encrypted_url",
    } <= found
