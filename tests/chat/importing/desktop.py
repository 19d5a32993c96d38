"""Small exports of programs for the desk, made by hand: with branches, thoughts and losses."""

import json


def cherry():

    topics = [
        {"id": "tp-1", "name": "旅行", "createdAt": "2025-03-01T08:00:00.000Z", "updatedAt": "2025-03-01T08:05:00.000Z"}
    ]
    state = {
        "assistants": json.dumps({"assistants": [{"id": "as", "topics": topics}], "defaultAssistant": {"topics": []}})
    }

    def said(key, role, blocks, **more):
        return {
            "id": key,
            "role": role,
            "topicId": "tp-1",
            "createdAt": f"2025-03-01T08:0{len(key)}:00.000Z",
            "status": "success",
            "blocks": blocks,
        } | more

    return {
        "time": 1741000000000,
        "version": 5,
        "localStorage": {"persist:cherry-studio": json.dumps(state)},
        "indexedDB": {
            "topics": [
                {
                    "id": "tp-1",
                    "messages": [
                        said("u", "user", ["b1", "b2"]),
                        said(
                            "a1",
                            "assistant",
                            ["b3", "b4", "b7"],
                            askId="u",
                            model={"id": "deepseek-chat", "name": "DeepSeek"},
                        ),
                        said("a2", "assistant", ["b5"], askId="u", model={"id": "glm-4"}, foldSelected=True),
                        said("u22", "user", ["b6"]),
                    ],
                }
            ],
            "message_blocks": [
                {"id": "b1", "type": "main_text", "content": "去哪里？"},
                {"id": "b2", "type": "image"},
                {"id": "b3", "type": "thinking", "content": "想一想"},
                {"id": "b4", "type": "main_text", "content": "杭州 [1]"},
                {"id": "b5", "type": "main_text", "content": "苏州"},
                {"id": "b6", "type": "main_text", "content": "为什么？"},
                {
                    "id": "b7",
                    "type": "citation",
                    "response": {
                        "results": {
                            "results": [{"title": "西湖", "url": "https://example.org/xihu", "content": "杭州西湖"}]
                        },
                        "source": "websearch",
                    },
                },
            ],
        },
    }


def chatbox():
    def said(key, role, words, **more):
        return {
            "id": key,
            "role": role,
            "contentParts": [{"type": "text", "text": words}],
            "timestamp": 1735700000000,
        } | more

    answer = [
        {"type": "reasoning", "text": "Hm."},
        {"type": "text", "text": "Yes."},
        {"type": "tool-call", "toolName": "x"},
    ]
    session = {
        "id": "se-1",
        "name": "Chatbox chat",
        "type": "chat",
        "starred": True,
        "messages": [
            said("s", "system", "You help."),
            said("u", "user", "Is it?"),
            said("a", "assistant", "", model="gpt-4o-mini", contentParts=answer),
        ],
        "messageForksHash": {
            "u": {
                "position": 1,
                "createdAt": 1,
                "lists": [
                    {"id": "f1", "messages": [said("b", "assistant", "No."), said("v", "user", "Sure?")]},
                    {"id": "f2", "messages": []},
                ],
            }
        },
        "threads": [{"id": "th-1", "name": "Before", "createdAt": 1, "messages": [said("o", "user", "Earlier")]}],
    }
    return {
        "chat-sessions-list": [{"id": "se-1", "name": "Chatbox chat"}],
        "session:se-1": session,
        "settings": {"theme": 1},
        "__exported_items": ["conversations"],
        "__exported_at": "2025-01-01T00:00:00Z",
    }
