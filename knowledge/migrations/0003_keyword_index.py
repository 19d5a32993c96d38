"""The keyword index in the form each database has for it."""

from django.db import migrations

CREATE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE knowledge_words USING fts5(library, words, content='', tokenize='porter unicode61')",
    ],
    "postgresql": [
        "CREATE TABLE knowledge_words ("
        " chunk_id bigint PRIMARY KEY,"
        " library_id uuid NOT NULL, words tsvector NOT NULL)",
        "CREATE INDEX knowledge_words_words ON knowledge_words USING gin (words)",
        "CREATE INDEX knowledge_words_library ON knowledge_words (library_id)",
    ],
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE knowledge_words")


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_reading")]
    operations = [migrations.RunPython(create, drop)]
