"""The page's scripts: their types, and the unit tests that stand beside them in static/src."""

from django.core.management import call_command


def test_types_and_unit_tests_of_the_scripts(capfd):
    call_command("build_assets", check=True)
    said = capfd.readouterr().out
    assert "# fail 0" in said
    assert "# pass 0" not in said
