"""Text becomes markup or a script's address only where the page says so (docs/security.md)."""

from playwright.sync_api import Error

SINKS = [
    "document.body.innerHTML = '<b>x</b>'",
    "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
    "document.createElement('script').src = '/static/chat.js'",
    "document.createElement('iframe').srcdoc = '<b>x</b>'",
    "new DOMParser().parseFromString('<b>x</b>', 'text/html')",
    "new Worker('/static/chat.js')",
    "document.write('<b>x</b>')",
    "setTimeout('1', 0)",
    "trustedTypes.createPolicy('another', {})",
]


def test_no_text_becomes_markup_or_a_script_past_the_page_s_own_policies(visit, alice):
    page = visit(alice)
    went_through = []
    for sink in SINKS:
        try:
            page.evaluate(f"() => {{ {sink}; }}")
        except Error:
            continue
        went_through.append(sink)
    assert went_through == []
    page.complaints.clear()
