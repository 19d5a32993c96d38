"""Small exports of products that are servers, made by hand: with branches, thoughts and losses."""


def openwebui():
    said = {
        "q1": {
            "id": "q1",
            "parentId": None,
            "childrenIds": ["a1", "a2"],
            "role": "user",
            "content": "What is the limit?",
            "timestamp": 1730000000,
            "files": [{"type": "image", "url": "data:"}, {"type": "file", "name": "p.pdf"}],
        },
        "a1": {
            "id": "a1",
            "parentId": "q1",
            "childrenIds": [],
            "role": "assistant",
            "content": "First try",
            "model": "llama3:8b",
            "timestamp": 1730000010,
            "done": True,
        },
        "a2": {
            "id": "a2",
            "parentId": "q1",
            "childrenIds": ["q2"],
            "role": "assistant",
            "model": "qwen3:4b",
            "timestamp": 1730000020,
            "done": True,
            "content": '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
            '&gt; The policy\n&gt; says 120\n</details>\n<details type="tool_calls" id="x"><summary>Tool</summary>\n'
            "</details>\n120 euros [1].",
            "sources": [
                {
                    "source": {"id": "f1", "name": "policy.pdf"},
                    "document": ["A night costs at most 120 euros."],
                    "metadata": [{"source": "policy.pdf", "name": "policy.pdf", "page": 3}],
                }
            ],
        },
        "q2": {
            "id": "q2",
            "parentId": "a2",
            "childrenIds": [],
            "role": "user",
            "content": "谢谢",
            "timestamp": 1730000030,
        },
    }
    chat = {"id": "ow-1", "title": "Travel", "history": {"messages": said, "currentId": "q2"}, "messages": []}
    return [
        {
            "id": "ow-1",
            "title": "Travel",
            "chat": chat,
            "created_at": 1730000000,
            "updated_at": 1730000030,
            "pinned": True,
            "archived": False,
            "meta": {"tags": ["trips"]},
        }
    ]


def chatgpt():
    def node(key, parent, role, content, **message):
        told = {
            "id": key,
            "author": {"role": role},
            "content": content,
            "recipient": "all",
            "status": "finished_successfully",
        }
        return {"id": key, "parent": parent, "children": [], "message": told | message}

    def text(words):
        return {"content_type": "text", "parts": [words]}

    cite = "\ue200cite\ue202turn0search1\ue201"
    mapping = {
        "root": {"id": "root", "parent": None, "children": ["s"], "message": None},
        "s": node("s", "root", "system", text("")),
        "q": node(
            "q",
            "s",
            "user",
            {
                "content_type": "multimodal_text",
                "parts": [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://1"}, "How tall is it?"],
            },
            create_time=1730000000.5,
        ),
        "old": node("old", "q", "assistant", text("Tall."), create_time=1730000004, metadata={"model_slug": "gpt-4o"}),
        "t": node(
            "t",
            "q",
            "assistant",
            {"content_type": "thoughts", "thoughts": [{"summary": "Looking", "content": "I search first."}]},
            create_time=1730000005,
        ),
        "call": node(
            "call", "t", "assistant", {"content_type": "code", "language": "json", "text": "{}"}, recipient="web"
        ),
        "tool": node("tool", "call", "tool", text("a page")),
        "a": node(
            "a",
            "tool",
            "assistant",
            text(f"It is 330 m tall {cite}."),
            create_time=1730000009,
            metadata={
                "model_slug": "gpt-5",
                "content_references": [
                    {
                        "matched_text": cite,
                        "type": "grouped_webpages",
                        "items": [{"title": "The tower", "url": "https://example.org/tower", "snippet": "330 m"}],
                    },
                    {"matched_text": " ", "type": "sources_footnote"},
                ],
            },
        ),
    }
    return [
        {
            "id": "gpt-1",
            "conversation_id": "gpt-1",
            "title": "Tower",
            "create_time": 1730000000.5,
            "update_time": 1730000009,
            "mapping": mapping,
            "current_node": "a",
            "is_archived": True,
        }
    ]


def claude():
    def said(key, parent, sender, content, **more):
        text = "".join(block.get("text", "") for block in content)
        return {
            "uuid": key,
            "parent_message_uuid": parent,
            "sender": sender,
            "text": text,
            "content": content,
            "created_at": "2025-01-02T03:04:05.123456Z",
            "attachments": [],
            "files": [],
        } | more

    root = "00000000-0000-4000-8000-000000000000"
    return [
        {
            "uuid": "cl-1",
            "name": "Poem",
            "created_at": "2025-01-02T03:04:00Z",
            "updated_at": "2025-01-02T03:10:00Z",
            "chat_messages": [
                said(
                    "m1", root, "human", [{"type": "text", "text": "A poem"}], attachments=[{"file_name": "notes.txt"}]
                ),
                said(
                    "m2",
                    "m1",
                    "assistant",
                    [{"type": "thinking", "thinking": "Rhyme?"}, {"type": "text", "text": "Roses"}],
                ),
                said(
                    "m3",
                    "m1",
                    "assistant",
                    [
                        {"type": "tool_use", "name": "web_search", "input": {}},
                        {"type": "tool_result", "content": []},
                        {
                            "type": "text",
                            "text": "Violets are blue.",
                            "citations": [
                                {
                                    "start_index": 0,
                                    "end_index": 16,
                                    "details": {"type": "web_search_citation", "url": "https://example.org/v"},
                                }
                            ],
                        },
                    ],
                ),
            ],
        },
        {
            "uuid": "cl-2",
            "name": "",
            "created_at": "2025-01-02T03:04:00Z",
            "updated_at": "2025-01-02T03:10:00Z",
            "chat_messages": [],
        },
    ]


def librechat(recursive=False):
    none = "00000000-0000-0000-0000-000000000000"

    def said(key, parent, words, **more):
        return {
            "messageId": key,
            "parentMessageId": parent,
            "sender": "User" if more.get("isCreatedByUser") else "GPT-4",
            "text": words,
            "createdAt": "2025-02-03T04:05:06.000Z",
            "isCreatedByUser": False,
            "model": "gpt-4",
        } | more

    question = said("q", none, "Which way?", isCreatedByUser=True, files=[{"type": "image/png"}])
    left = said(
        "l",
        "q",
        "",
        content=[
            {"type": "think", "think": "Left or right"},
            {"type": "text", "text": {"value": "Left."}},
            {"type": "tool_call", "tool_call": {"type": "function"}},
        ],
    )
    right = said("r", "q", "Right.")
    told = {"conversationId": "lc-1", "endpoint": "openAI", "title": "Ways", "exportAt": "10:00", "branches": True}
    if recursive:
        return told | {"recursive": True, "messagesTree": [question | {"children": [left | {"children": []}, right]}]}
    return told | {"recursive": False, "messages": [question, left, right]}
