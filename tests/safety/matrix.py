"""Who may do what: every address, socket message and task names its object and verb here, or is public with a reason.

Roles: N nobody signed in, P the owner after she was disabled, O owner, X another person, R one of a group that it is
shared with to read, W one of a group that may write, A administrator. A route or task that is missing fails
`tests/safety/test_matrix.py`.
"""

# (object, verb) -> who may. Everybody else is answered as if there were no such thing.
MAY = {
    ("account", "manage"): "OXRWA",
    ("administration", "manage"): "A",
    ("assistant", "list"): "OXRWA",
    ("assistant", "make"): "OXRWA",
    ("assistant", "see"): "ORWA",
    ("assistant", "edit"): "OA",
    ("attachment", "add"): "OXRWA",
    ("attachment", "list"): "OXRWA",
    ("attachment", "read"): "O",
    ("attachment", "delete"): "O",
    ("chat", "list"): "OXRWA",
    ("chat", "make"): "OXRWA",
    ("chat", "read"): "O",
    ("chat", "edit"): "O",
    ("chat", "delete"): "O",
    ("chat", "share"): "O",
    ("folder", "list"): "OXRWA",
    ("folder", "make"): "OXRWA",
    ("folder", "edit"): "O",
    ("identity", "cut"): "O",
    ("import", "take"): "O",
    ("key", "revoke"): "O",
    ("library", "list"): "OXRWA",
    ("library", "make"): "OXRWA",
    ("library", "read"): "ORW",
    ("library", "write"): "OW",
    ("library", "share"): "O",
    ("arena", "enter"): "A",
    ("arena", "judge"): "O",
    ("arena", "export"): "OXRWA",
    ("comparison", "keep"): "OXRWA",
    ("comparison", "judge"): "O",
    ("note", "list"): "OXRWA",
    ("note", "edit"): "O",
    ("memory", "keep"): "OXRWA",
    ("memory", "edit"): "O",
    ("model", "list"): "OXRWA",
    ("model", "use"): "OXRWA",
    ("model", "manage"): "A",
    ("prompt", "list"): "OXRWA",
    ("prompt", "make"): "OXRWA",
    ("prompt", "use"): "ORW",
    ("prompt", "edit"): "OWA",
    ("prompt", "delete"): "OA",
    ("session", "end"): "O",
    ("tool", "list"): "OXRWA",
    ("tool", "use"): "OXRWA",
}

# While the switch is on that everybody sees (webui/audit/reading.py).
WHILE_ADMINISTRATORS_READ = {("chat", "read"): "OA"}

CELLS = """
chat read GET api/chats/<uuidstr:chat_id>/find
chat read GET c/<uuid:chat_id>/print/
chat edit GET c/<uuid:chat_id>/reproduce/
chat edit POST c/<uuid:chat_id>/reproduce/<int:message_id>/
account manage GET account/
account manage POST account/
account manage POST account/keys/
account manage GET account/sessions/
account manage POST account/sessions/end/
account manage GET api/limits
account manage GET api/voice
account manage POST account/voice/
account manage PUT api/voice
assistant edit GET assistants/<uuid:assistant_id>/
assistant edit POST assistants/<uuid:assistant_id>/
assistant edit GET assistants/<uuid:assistant_id>/delete/
assistant edit POST assistants/<uuid:assistant_id>/delete/
assistant list GET assistants/
assistant make GET assistants/new/
assistant make POST assistants/new/
assistant see GET assistants/<uuid:assistant_id>/picture
attachment add POST api/attachments
attachment list GET api/images
attachment list GET api/images/servers
attachment read GET api/images/<int:message_id>/preview
model use POST v1/images/edits
model use POST v1/images/generations
attachment delete DELETE api/attachments/<uuidstr:attachment_id>
attachment read GET api/attachments/<uuidstr:attachment_id>
attachment read GET api/attachments/<uuidstr:attachment_id>/file
attachment read GET api/attachments/<uuidstr:attachment_id>/thumbnail
chat delete DELETE api/chats/<uuidstr:chat_id>
chat edit PATCH api/chats/<uuidstr:chat_id>
chat edit GET api/chats/<uuidstr:chat_id>/draft
chat edit PUT api/chats/<uuidstr:chat_id>/settings
chat edit PUT api/chats/<uuidstr:chat_id>/draft
chat edit DELETE api/chats/<uuidstr:chat_id>/messages/<int:message_id>
chat edit POST api/chats/<uuidstr:chat_id>/messages/<int:message_id>/fork
chat edit DELETE api/chats/<uuidstr:chat_id>/messages/<int:message_id>/kept
chat edit PUT api/chats/<uuidstr:chat_id>/messages/<int:message_id>/kept
chat edit DELETE api/chats/<uuidstr:chat_id>/messages/<int:message_id>/rating
chat edit PUT api/chats/<uuidstr:chat_id>/messages/<int:message_id>/rating
chat edit POST api/chats/<uuidstr:chat_id>/messages/<int:message_id>/test-question
chat edit POST api/chats/<uuidstr:chat_id>/messages/<int:message_id>/versions
chat list GET /
chat list GET api/chats
chat list GET api/chats/exported
chat list POST api/chats/exported
chat list GET api/chats/search
chat list POST api/chats/several
chat list GET api/ratings/export
chat list GET api/shares
chat make POST api/chats
chat make POST api/chats/import
chat make GET api/drafts/new
chat make PUT api/drafts/new
chat make GET import/
chat make POST import/
chat read GET api/chats/<uuidstr:chat_id>
chat read GET api/chats/<uuidstr:chat_id>/export
chat read GET api/chats/<uuidstr:chat_id>/messages/<int:message_id>/ledger
chat read GET api/chats/<uuidstr:chat_id>/messages/<int:message_id>/sources/<int:number>
chat read GET api/chats/<uuidstr:chat_id>/messages/<int:message_id>/versions
chat read GET c/<uuid:chat_id>/
chat share POST api/chats/<uuidstr:chat_id>/shares
chat share DELETE api/shares/<int:link_id>
folder edit DELETE api/folders/<uuidstr:folder_id>
folder edit PUT api/folders/<uuidstr:folder_id>
folder list GET api/folders
folder make POST api/folders
identity cut POST account/identities/<int:identity_id>/disconnection/
import take GET import/<uuid:import_id>/
import take POST import/<uuid:import_id>/
key revoke POST account/keys/<int:pk>/revocation/
library list GET api/libraries
library list GET knowledge/
library make POST api/libraries
library make POST knowledge/
library read GET api/documents/<uuidstr:document_id>/chunks
library read GET api/documents/<uuidstr:document_id>/file
library read GET api/documents/<uuidstr:document_id>/passages
library read GET api/documents/<uuidstr:document_id>/record
library read GET api/libraries/<uuidstr:library_id>/documents
library read GET api/libraries/<uuidstr:library_id>/progress
library read POST api/libraries/<uuidstr:library_id>/search
library read GET knowledge/<uuid:library_id>/
library read GET knowledge/<uuid:library_id>/documents/<uuid:document_id>/
library read GET knowledge/<uuid:library_id>/documents/<uuid:document_id>/passages/
library read GET knowledge/<uuid:library_id>/documents/<uuid:document_id>/record/
library read GET knowledge/<uuid:library_id>/questions/
library read GET knowledge/<uuid:library_id>/questions/csv/
library read GET knowledge/<uuid:library_id>/search/
library read GET knowledge/<uuid:library_id>/radar/
library write POST knowledge/<uuid:library_id>/radar/<int:finding_id>/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/supersession/
library read GET knowledge/documents/<uuid:document_id>/
library share DELETE api/libraries/<uuidstr:library_id>
library share PATCH api/libraries/<uuidstr:library_id>
library share GET api/libraries/<uuidstr:library_id>/shares
library share POST api/libraries/<uuidstr:library_id>/shares
library share DELETE api/libraries/<uuidstr:library_id>/shares/<int:share_id>
library share PUT api/libraries/<uuidstr:library_id>/shares/everyone
library share GET knowledge/<uuid:library_id>/delete/
library share POST knowledge/<uuid:library_id>/delete/
library share POST knowledge/<uuid:library_id>/name/
library share GET knowledge/<uuid:library_id>/share/
library share POST knowledge/<uuid:library_id>/share/
library share POST knowledge/<uuid:library_id>/share/<int:share_id>/remove/
library write PATCH api/documents/<uuidstr:document_id>/chunks/<int:chunk_id>
library write POST api/libraries/<uuidstr:library_id>/documents
library write DELETE api/libraries/<uuidstr:library_id>/documents/<uuidstr:document_id>
library write POST api/libraries/<uuidstr:library_id>/documents/<uuidstr:document_id>/cancel
library write PUT api/libraries/<uuidstr:library_id>/documents/<uuidstr:document_id>/note
library write POST api/libraries/<uuidstr:library_id>/documents/<uuidstr:document_id>/ocr
library write POST api/libraries/<uuidstr:library_id>/documents/<uuidstr:document_id>/retry
library write DELETE api/libraries/<uuidstr:library_id>/jobs/<int:job_number>
library write POST api/libraries/<uuidstr:library_id>/retry
library write POST knowledge/<uuid:library_id>/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/again/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/cancel/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/delete/
library write GET knowledge/<uuid:library_id>/documents/<uuid:document_id>/note/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/note/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/passages/
library write POST knowledge/<uuid:library_id>/documents/<uuid:document_id>/retry/
library write POST knowledge/<uuid:library_id>/jobs/<int:job_number>/
library write GET knowledge/<uuid:library_id>/notes/
library write POST knowledge/<uuid:library_id>/notes/
library write POST knowledge/<uuid:library_id>/questions/
library write POST knowledge/<uuid:library_id>/questions/<int:question_id>/
library write POST knowledge/<uuid:library_id>/questions/kept/
library write POST knowledge/<uuid:library_id>/retry/
arena enter GET arena/
arena enter POST arena/
arena enter GET arena/board/
arena export GET arena/votes/
arena judge GET arena/<uuid:duel_id>/
arena judge GET arena/<uuid:duel_id>/state/
arena judge POST arena/<uuid:duel_id>/vote/
arena judge POST arena/<uuid:duel_id>/chat/
comparison keep POST api/comparisons
comparison keep GET comparisons/
comparison keep GET comparisons/judged/
comparison judge GET comparisons/<uuid:comparison_id>/
comparison judge POST comparisons/<uuid:comparison_id>/
comparison judge POST comparisons/<uuid:comparison_id>/delete/
note list GET api/notes
note list POST api/notes
note list GET notes/
note list GET notes/new/
note list POST notes/new/
note edit POST api/notes/<uuidstr:note_id>/attachment
note edit GET notes/<uuid:note_id>/
note edit POST notes/<uuid:note_id>/
note edit POST notes/<uuid:note_id>/ask/
note edit POST notes/<uuid:note_id>/delete/
note edit POST notes/<uuid:note_id>/library/
memory keep GET api/memories
memory keep POST api/memories
memory keep PUT api/memories
memory keep POST account/memories/
memory edit DELETE api/memories/<int:memory_id>
model list GET api/models
model list DELETE api/models/<path:model_id>/favourite
model list PUT api/models/<path:model_id>/favourite
model list GET v1/models
model list GET v1/models/<path:model_id>
model manage POST ollama/api/blobs/<digest>
model manage POST ollama/api/copy
model manage POST ollama/api/create
model manage DELETE ollama/api/delete
model manage POST ollama/api/pull
model manage POST ollama/api/push
model use DELETE ollama/<path:rest>
model use GET ollama/<path:rest>
model use POST ollama/<path:rest>
model use PUT ollama/<path:rest>
model use POST ollama/api/chat
model use POST ollama/api/embed
model use POST ollama/api/embeddings
model use POST ollama/api/generate
model use GET ollama/api/ps
model use POST ollama/api/show
model use GET ollama/api/tags
model use GET ollama/api/version
model use POST v1/chat/completions
model use POST v1/embeddings
model use POST v1/audio/speech
model use POST v1/audio/transcriptions
tool list GET api/tools
tool use GET tools/<uuid:server_id>/sign-in/
tool use POST tools/<uuid:server_id>/sign-in/
tool use GET tools/sign-in/done/
session end POST account/sessions/<int:session_number>/end/
prompt delete GET prompts/<uuid:prompt_id>/delete/
prompt delete POST prompts/<uuid:prompt_id>/delete/
prompt edit GET prompts/<uuid:prompt_id>/
prompt edit POST prompts/<uuid:prompt_id>/
prompt edit POST prompts/<uuid:prompt_id>/versions/<int:version_id>/
prompt list GET api/prompts
prompt list GET prompts/
prompt make GET prompts/new/
prompt make POST prompts/new/
prompt use GET api/prompts/<uuidstr:prompt_id>
"""

# Whatever lies below is the administration's, which does not exist for anybody else.
ADMINISTRATION = "admin/"
# Open to everybody, with the tests that say what they show.
PUBLIC = {
    "": "the chat page of whoever is signed in, else the way to sign in",
    "accounts/": "signing in and up, which tests/accounts tries",
    "^accounts/": "a password's reset link",
    "api/": "the list of addresses",
    "api/docs": "the API's documentation",
    "api/health": "liveness under the name other products use",
    "api/openapi.json": "the API's description",
    "csp-reports": "what browsers report of breaches of the policy: tests/webui/test_breaches.py",
    "healthz": "liveness",
    "i18n/setlang/": "the language of the page",
    "invitation/": "the link of an invitation: tests/accounts/test_invitations.py",
    "pictures/": "a signed address of a made picture, good for an hour: tests/chat/images/test_gateway.py",
    "metrics": "off unless it is set up; then for its key or its addresses alone: tests/webui/test_metrics.py",
    "manifest.webmanifest": "the application's name and icons",
    "offline/": "the page that is shown without a line",
    "ollama/": "says that it runs, as Ollama does",
    "readyz": "readiness",
    "s/": "shared chats: tests/chat/sharing",
    "sandbox/": "the empty frame that drawings are made in",
    "setup/": "the one-time link of the first start",
    "sw.js": "the page's service worker",
    "v1/": "says which API this is",
}
# Socket messages: whose each is. `tests/safety/test_live_matrix.py` tries them with foreign ids.
MESSAGES = {
    "send": ("chat", "edit"),
    "temporary": ("model", "use"),
    "regenerate": ("chat", "edit"),
    "continue": ("chat", "edit"),
    "stop": ("chat", "edit"),
    "decide": ("chat", "edit"),
    "resume": ("chat", "read"),
    "ping": ("chat", "read"),
}
# Tasks carry ids alone; what they may do is looked up when they run.
TASKS = {
    "accounts.tell_of_sign_up": "the hooks that an administrator has entered",
    "knowledge.ingest_document": ("library", "write"),
    "knowledge.take_in": ("library", "write"),
    "knowledge.look_around": ("library", "write"),
    "knowledge.mend": "the product's own tidying",
    "knowledge.finish_removals": "the product's own tidying",
    "knowledge.generations": "an administrator's rebuilding, kept in a row",
    "knowledge.ask_test_questions": "a library's own questions, asked with its owner's rights",
    "knowledge.gather": "the product's own tidying",
}


def cells():
    """(object, verb, method, route) of each line of `CELLS`."""
    rows = [line.split() for line in CELLS.strip().splitlines()]
    return [(thing, verb, method, "" if route == "/" else route) for thing, verb, method, route in rows]
