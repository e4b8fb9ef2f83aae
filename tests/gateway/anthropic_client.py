#!/usr/bin/env python3
"""Drives a running HAI-Net gateway with the official `anthropic` client.

    anthropic_client.py --base-url http://127.0.0.1:8080 --token hai_sk_... [--model NAME]

The Python that runs this needs the packages `anthropic` and `jsonschema`. Nothing here depends on what
the model says: it may be the smallest one.
"""

import sys

import anthropic
import jsonschema
from checks import WEATHER, Checks, need

check = Checks(__doc__)

NOTE = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"type": "string", "maxLength": 12},
                             "minItems": 1, "maxItems": 3}},
    "required": ["lines"],
    "additionalProperties": False,
}

TOOLS = [
    {"name": "weather", "description": "Tells the weather of a city.", "input_schema": WEATHER},
    {"name": "note", "description": "Writes a note.", "input_schema": NOTE},
]

SCHEMAS = {"weather": WEATHER, "note": NOTE}


class Bench:
    """What all checks share."""

    def __init__(self, options):
        self.base_url = options.base_url
        self.token = options.token
        self.model = options.model or "gpt-4"
        self.client = self.with_keys(api_key=options.token)
        self.ask("Hi.", max_tokens=1)

    def with_keys(self, **keys):
        return anthropic.Anthropic(base_url=self.base_url, max_retries=0, timeout=300.0, **keys)

    def fields(self, text, more):
        more.setdefault("max_tokens", 32)
        more.setdefault("messages", [{"role": "user", "content": text}])
        return {"model": self.model, **more}

    def ask(self, text, client=None, **more):
        return (client or self.client).messages.create(**self.fields(text, more))


def valid(block):
    """A `tool_use` block whose input follows the schema of its tool."""
    need(block.type == "tool_use" and block.id.startswith("toolu_"), str(block))
    jsonschema.validate(block.input, SCHEMAS[block.name])


@check
def message_has_text_reason_and_usage(bench):
    answer = bench.ask("Say hello.", system="Be brief.")
    need(answer.type == "message" and answer.role == "assistant", str(answer))
    need(answer.id.startswith("msg_") and answer.model == bench.model, str(answer))
    need(answer.content[0].type == "text" and answer.content[0].text, str(answer.content))
    need(answer.stop_reason in ("end_turn", "max_tokens"), answer.stop_reason)
    usage = answer.usage
    need(usage.input_tokens + usage.cache_read_input_tokens > 0, str(usage))
    need(0 < usage.output_tokens <= 32, str(usage))
    return {"text": answer.content[0].text}


@check
def bearer_token_opens_as_well_as_the_key(bench):
    bench.ask("Hi.", bench.with_keys(auth_token=bench.token), max_tokens=1)


@check
def blocks_of_text_and_system_are_understood(bench):
    blocks = [{"type": "text", "text": "Say"}, {"type": "text", "text": "hello."}]
    answer = bench.ask("", system=[{"type": "text", "text": "Be brief."}],
                       messages=[{"role": "user", "content": blocks}])
    need(answer.content, "it answers")


@check
def bound_of_tokens_is_told(bench):
    answer = bench.ask("Tell a long story.", max_tokens=5)
    need(answer.stop_reason == "max_tokens" and answer.usage.output_tokens == 5, str(answer))


@check
def stop_sequence_is_named_and_not_part_of_the_text(bench):
    answer = bench.ask("Name ten animals, one per line.", max_tokens=48,
                       stop_sequences=["\x00never", " ", "\n"])
    need(answer.stop_reason == "stop_sequence", answer.stop_reason)
    need(answer.stop_sequence in (" ", "\n"), repr(answer.stop_sequence))
    text = "".join(block.text for block in answer.content)
    need(" " not in text and "\n" not in text, repr(text))


@check
def stream_adds_up_to_a_message(bench):
    with bench.client.messages.stream(**bench.fields("Tell a short story.", {})) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    need(text and final.content[0].text == text, "pieces add up")
    need(final.stop_reason in ("end_turn", "max_tokens"), final.stop_reason)
    need(final.usage.output_tokens > 0, str(final.usage))
    events = [event.type for event in bench.ask("Hello.", stream=True)]
    need(events[0] == "message_start" and events[-1] == "message_stop", str(events))
    need(events.count("content_block_start") == events.count("content_block_stop"), str(events))


@check
def forced_tools_are_called_validly_every_time(bench):
    for _ in range(8):
        answer = bench.ask("What now?", tools=TOOLS, tool_choice={"type": "any"},
                           max_tokens=1000, extra_body={"temperature": 1.0})
        need(answer.stop_reason == "tool_use", f"{answer.stop_reason}: {answer.content}")
        need(answer.content, "there is a call")
        for block in answer.content:
            valid(block)
    for name in SCHEMAS:
        choice = {"type": "tool", "name": name, "disable_parallel_tool_use": True}
        answer = bench.ask("What now?", tools=TOOLS, tool_choice=choice, max_tokens=1000)
        need([block.name for block in answer.content] == [name], str(answer.content))
        valid(answer.content[0])


@check
def streamed_tool_input_adds_up(bench):
    fields = bench.fields("What now?", {"tools": TOOLS, "tool_choice": {"type": "any"},
                                        "max_tokens": 1000})
    with bench.client.messages.stream(**fields) as stream:
        deltas = [event for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    need(deltas, "the input came in pieces")
    need(final.stop_reason == "tool_use", final.stop_reason)
    for block in final.content:
        valid(block)


@check
def free_choice_gives_words_or_valid_calls(bench):
    answer = bench.ask("What is the weather in Ulm?", tools=TOOLS, max_tokens=300)
    for block in answer.content:
        if block.type == "tool_use" and answer.stop_reason == "tool_use":
            valid(block)
    none = bench.ask("Hello.", tools=TOOLS, tool_choice={"type": "none"})
    need(all(block.type == "text" for block in none.content), str(none.content))


@check
def results_of_tools_are_taken(bench):
    use = {"type": "tool_use", "id": "toolu_1", "name": "weather",
           "input": {"city": "Ulm", "unit": "celsius", "days": 1}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "dry"}
    answer = bench.ask("", tools=TOOLS, max_tokens=64, messages=[
        {"role": "user", "content": "Weather in Ulm?"},
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}, use]},
        {"role": "user", "content": [result]},
    ])
    need(answer.stop_reason, "it answers")


@check
def tokens_are_counted_and_longer_costs_more(bench):
    def count(text):
        messages = [{"role": "user", "content": text}]
        return bench.client.messages.count_tokens(model=bench.model, messages=messages).input_tokens

    need(0 < count("Hi.") < count("Hi. " * 50), "more text, more tokens")


@check
def errors_are_those_of_the_client(bench):
    for error, call in [
        (anthropic.AuthenticationError,
         lambda: bench.ask("Hi.", bench.with_keys(api_key="hai_sk_" + "0" * 64))),
        (anthropic.NotFoundError,
         lambda: bench.client.messages.create(
             model="no-such-model", max_tokens=1, messages=[{"role": "user", "content": "Hi."}])),
        (anthropic.BadRequestError, lambda: bench.ask("Hi.", extra_body={"temperature": 3})),
        (anthropic.BadRequestError, lambda: bench.ask("word " * 60_000)),
    ]:
        try:
            call()
        except error as raised:
            need(raised.body["type"] == "error" and raised.body["error"]["message"], str(raised.body))
        else:
            raise AssertionError(f"{error.__name__} was expected")


@check
def stream_that_is_left_frees_the_engine(bench):
    for _ in range(6):
        stream = bench.ask("Count to ten thousand.", stream=True, max_tokens=3000)
        next(iter(stream))
        stream.close()
    bench.ask("Hi.", max_tokens=1)


if __name__ == "__main__":
    sys.exit(check.run(Bench))
