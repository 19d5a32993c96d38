"""Whatever is sent to the API, by whomever, it answers with less than 500: requests made from its own description.

What schemathesis does, with hypothesis alone: bodies and queries of the form that the description says, and of others;
with ids of alice, and with ids of nobody. The same each time.
"""

import json
import re
import uuid
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.safety.test_matrix import kept_open  # noqa: F401  a fixture of all of it
from tests.safety.world import people_around

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]

EXAMPLES = 2  # of each operation and person: some hundred requests in all
ODD = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2**63,
        2**70,
        1e308,
        "",
        "\x00",
        "\ud7ff\u202e",
        "x" * 3000,
        [],
        {},
        [[[[[]]]]],
        {"a": {"b": []}},
    ]
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
PLAIN = {
    "integer": st.integers(-(2**65), 2**65),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "string": TEXT,
    "null": st.none(),
}


@pytest.fixture(scope="module")
def described():
    """{(method, route): operation}, and the schemas they name."""
    from webui.api import api, v1

    found, schemas = [], {}
    for part in (api, v1):
        told = json.loads(json.dumps(part.get_openapi_schema(), default=str))
        schemas |= told.get("components", {}).get("schemas", {})
        for path, methods in told["paths"].items():
            found += [(method.upper(), path, operation) for method, operation in methods.items()]
    return found, schemas


def values(schema, schemas, depth=0):
    """What such a schema asks for."""
    if "$ref" in schema:
        return values(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return st.one_of([values(one, schemas, depth) for one in schema[choice]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    kind = schema.get("type")
    if kind == "array":
        return st.lists(values(schema.get("items", {}), schemas, depth + 1), max_size=3)
    if kind == "object" or "properties" in schema:
        fields = {name: values(one, schemas, depth + 1) for name, one in schema.get("properties", {}).items()}
        return st.fixed_dictionaries({}, optional=fields) if depth < 4 else st.just({})
    return PLAIN.get(kind, ODD)


def requests_for(path, operation, schemas, ids):
    """(address, body): both as described, or with something odd in their place."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    asked = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    query = st.fixed_dictionaries({}, optional={one["name"]: values(one["schema"], schemas) for one in asked})
    place = st.sampled_from([ids, {}])
    bodies = st.one_of(values(body, schemas), values(body, schemas), ODD) if body else st.none()

    def made(chosen):
        known, asked_for, content = chosen
        filled = re.sub(
            r"{(?:\w+:)?(\w+)}", lambda found: quote(str(known.get(found[1], _nobodys(found[0]))), safe=""), path
        )
        return f"{filled}?{urlencode(asked_for, doseq=True, errors='replace')}" if asked_for else filled, content

    return st.tuples(place, query, bodies).map(made)


def _nobodys(parameter):
    return 999_999_999 if re.search(r"_id}|number}|int:", parameter) and "uuid" not in parameter else uuid.UUID(int=7)


def answers(client, method, requests):
    """[(address, body, status)] of some of these requests; what they changed is taken back."""
    told = []

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(requests)
    def send(made):
        address, content = made
        with transaction.atomic():
            answer = client.generic(method, address, json.dumps(content), content_type="application/json")
            transaction.set_rollback(True)
        told.append((address, content, answer.status_code))

    send()
    return told


@pytest.mark.parametrize("role", ["O", "X", "N"], ids=["alice", "a stranger", "nobody"])
def test_no_request_that_the_description_allows_or_forbids_is_a_fault_of_ours(role, described, alice, bob, carol, root):
    world = people_around(alice, bob, carol, root)
    client = world.client(role) if role != "N" else Client()
    client.raise_request_exception = False
    operations, schemas = described
    assert len(operations) > 60
    faults, statuses = [], set()
    for method, path, operation in operations:
        for address, content, status in answers(client, method, requests_for(path, operation, schemas, world.ids)):
            statuses.add(status)
            if status >= 500:
                faults.append((method, address[:200], json.dumps(content)[:200], status))
    assert not faults, "\n".join(map(str, faults))
    assert (200 in statuses) == (role != "N")
    assert 401 in statuses or role != "N"
