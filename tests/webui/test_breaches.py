"""Browsers report breaches of the page's policy: few are taken, none is believed, and the health page counts them."""

import json

import pytest

from webui import breaches

OLD = {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/x?secret=1"}}
NEW = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "https://evil.example/"}}]


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch):
    monkeypatch.setattr(breaches, "_counted", {"reports": 0})
    monkeypatch.setattr(breaches, "_minute", {"began": 0.0, "taken": 0})


def report(client, told, kind="application/csp-report"):
    body = told if isinstance(told, (str, bytes)) else json.dumps(told)
    return client.post(breaches.ADDRESS, body, content_type=kind).status_code


def test_both_forms_of_report_are_counted_and_addresses_are_not_written(client, caplog):
    assert report(client, OLD) == 204
    assert report(client, NEW, "application/reports+json") == 204
    assert breaches.counted() == 2
    assert [record.args for record in caplog.records if record.name == "webui.breaches"] == [
        ("script-src-elem",),
        ("img-src",),
    ]
    assert "evil.example" not in caplog.text


@pytest.mark.parametrize(
    ("told", "kind", "status"),
    [
        (OLD, "text/plain", 415),
        ("{", "application/csp-report", 400),
        ("[" * 5000, "application/csp-report", 400),
        ("x" * (breaches.LARGEST + 1), "application/csp-report", 413),
        ({"csp-report": "x"}, "application/csp-report", 204),
        ([1, {"body": 2}, None], "application/reports+json", 204),
        ({"csp-report": {"effective-directive": "\nforged line"}}, "application/csp-report", 204),
    ],
)
def test_what_is_no_report_harms_nothing(client, caplog, told, kind, status):
    assert report(client, told, kind) == status
    assert "forged" not in caplog.text


def test_a_flood_of_reports_is_turned_away(client):
    assert [report(client, OLD) for _ in range(breaches.A_MINUTE + 2)][-2:] == [429, 429]
    assert breaches.counted() == breaches.A_MINUTE


@pytest.mark.django_db
def test_every_page_says_where_to_report_and_the_health_page_says_how_many(client, root):
    report(client, OLD)
    client.force_login(root)
    answer = client.get("/admin/health/")
    assert f"report-uri {breaches.ADDRESS}; report-to csp" in answer["Content-Security-Policy"]
    assert answer["Reporting-Endpoints"] == f'csp="{breaches.ADDRESS}"'
    assert "Breaches of the page" in answer.content.decode()
