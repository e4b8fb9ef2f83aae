#!/usr/bin/env python3
"""Drives a running HAI-Net gateway with the official `openai` client.

    openai_client.py --base-url http://127.0.0.1:8080/v1 --token hai_sk_... [--model NAME]

The Python that runs this needs the packages `openai` and `jsonschema`:

    python3 -m venv ~/.cache/hai-net/openai-client
    ~/.cache/hai-net/openai-client/bin/pip install openai jsonschema

Prints one JSON line per check and ends with 1 when one failed, with 2 when the gateway cannot be
reached at all. The token may also come from the environment variable HAI_NET_TOKEN.
"""

import base64
import json
import statistics
import struct
import sys
import time

import jsonschema
import openai
from checks import WEATHER, Checks, need

# An answer that is still under way holds one of the engine's few slots. When a client goes away, the
# next answer must begin at once: the time of an undisturbed one, and half a second for a busy machine.
FREE_AGAIN_SLACK_S = 0.5

SCHEMA_ROUNDS = 20

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "likes": {
            "type": "array",
            "items": {"type": "string", "maxLength": 20},
            "minItems": 1,
            "maxItems": 3,
        },
        "mood": {"enum": ["calm", "glad", "tired"]},
    },
    "required": ["name", "age", "likes", "mood"],
    "additionalProperties": False,
}

# A tree: its schema refers to itself, and bounds nothing.
TREE = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "leaf": {"$ref": "#/$defs/leaf"}},
    "required": ["label", "leaf"],
    "additionalProperties": False,
    "$defs": {
        "leaf": {
            "type": "object",
            "properties": {"colour": {"enum": ["red", "green"]}},
            "required": ["colour"],
            "additionalProperties": False,
        }
    },
}

SCHEMAS = {"weather": WEATHER, "grow": TREE, "now": {"type": "object", "maxProperties": 0}}

TOOLS = [
    {
        "type": "function",
        "function": {"name": "weather", "description": "The weather.", "parameters": WEATHER},
    },
    {"type": "function", "function": {"name": "grow", "parameters": TREE}},
    {"type": "function", "function": {"name": "now", "description": "What time it is."}},
]

TOOL_ROUNDS = 10

check = Checks(__doc__)


class Bench:
    """What all checks share."""

    def __init__(self, options):
        self.base_url = options.base_url.rstrip("/")
        self.token = options.token
        self.client = self.with_token(options.token)
        self.model = options.model or next(iter(self.client.models.list())).id

    def with_token(self, token):
        return openai.OpenAI(
            base_url=self.base_url, api_key=token, max_retries=0, timeout=300.0
        )

    def chat(self, text, client=None, **more):
        more.setdefault("max_tokens", 32)
        return (client or self.client).chat.completions.create(
            model=more.pop("model", self.model),
            messages=[{"role": "user", "content": text}],
            **more,
        )


def refused(kind, call):
    """The error that `call` raises, which must be of this kind."""
    try:
        call()
    except kind as error:
        need(error.body is not None, "the error has an object")
        need(error.body.get("message"), "the error object has a message")
        for field in ("type", "param", "code"):
            need(field in error.body, f"the error object has `{field}`")
        return error
    raise AssertionError(f"{kind.__name__} was expected and nothing was raised")


@check
def models_are_listed_and_found(bench):
    models = list(bench.client.models.list())
    need(models, "at least one model is offered")
    ids = [model.id for model in models]
    need(len(set(ids)) == len(ids), f"no name twice in {ids}")
    need("gpt-4" in ids, f"the alias gpt-4 is among {ids}")
    for model in models:
        need(model.object == "model" and model.created > 0 and model.owned_by, str(model))
        need(bench.client.models.retrieve(model.id).id == model.id, model.id)
    return {"models": ids}


@check
def chat_answers_with_text_and_usage(bench):
    answer = bench.chat("Say hello.")
    choice = answer.choices[0]
    need(answer.id.startswith("chatcmpl-"), answer.id)
    need(answer.object == "chat.completion", answer.object)
    need(choice.message.role == "assistant", str(choice))
    need(choice.message.content, "the answer has text")
    need(choice.finish_reason in ("stop", "length"), str(choice.finish_reason))
    usage = answer.usage
    need(usage.prompt_tokens > 0 and 0 < usage.completion_tokens <= 32, str(usage))
    need(usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, str(usage))
    need(usage.prompt_tokens_details.cached_tokens >= 0, str(usage))
    need(answer.model_extra["hai_net"]["route"] == "local", str(answer.model_extra))
    return {"text": choice.message.content}


@check
def alias_answers_under_its_own_name(bench):
    need(bench.chat("Hi.", model="gpt-4", max_tokens=4).model == "gpt-4", "the asked name")


@check
def several_choices_come_at_once(bench):
    answer = bench.chat("Name a colour.", n=3, seed=5, max_tokens=8, temperature=1.0)
    need([choice.index for choice in answer.choices] == [0, 1, 2], str(answer.choices))


@check
def max_tokens_ends_with_length(bench):
    answer = bench.chat("Tell a long story.", max_completion_tokens=5, max_tokens=None)
    need(answer.choices[0].finish_reason == "length", str(answer.choices[0]))
    need(answer.usage.completion_tokens == 5, str(answer.usage))


@check
def stream_brings_role_text_finish_and_usage(bench):
    began = time.monotonic()
    first = None
    chunks = []
    for chunk in bench.chat(
        "Tell a short story.", stream=True, stream_options={"include_usage": True}
    ):
        if first is None and chunk.choices and chunk.choices[0].delta.content:
            first = time.monotonic() - began
        chunks.append(chunk)
    need(chunks[0].choices[0].delta.role == "assistant", str(chunks[0]))
    need(len({chunk.id for chunk in chunks}) == 1, "one id")
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    need(text, "the stream has text")
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
    need(reasons[-1] in ("stop", "length"), str(reasons))
    need(all(reason is None for reason in reasons[:-1]), "one finish reason, at the end")
    need(chunks[-1].choices == [], "the usage chunk has no choices")
    need(chunks[-1].usage.completion_tokens > 0, str(chunks[-1].usage))
    need(all(chunk.usage is None for chunk in chunks[:-1]), "usage comes once")
    return {"first_text_s": round(first, 3), "chunks": len(chunks)}


@check
def stop_text_ends_the_answer_and_is_not_part_of_it(bench):
    # Every answer of two words has a space. A word of an earlier answer need not come again: what was
    # computed before is reused, and rounds another way than what is computed anew.
    question = "Name ten animals, one per line."
    cut = bench.chat(question, temperature=0, max_tokens=48, stop=[" ", "\n"])
    need(cut.choices[0].finish_reason == "stop", str(cut.choices[0]))
    text = cut.choices[0].message.content
    need(" " not in text and "\n" not in text, repr(text))
    chunks = [
        chunk.choices[0]
        for chunk in bench.chat(question, temperature=0, max_tokens=48, stop=" ", stream=True)
        if chunk.choices
    ]
    streamed = "".join(chunk.delta.content or "" for chunk in chunks)
    need(" " not in streamed, f"streamed {streamed!r}")
    need(chunks[-1].finish_reason == "stop", str(chunks[-1]))
    return {"whole": text, "streamed": streamed}


@check
def same_seed_gives_the_same_answer(bench):
    def once(seed):
        answer = bench.chat("Invent a name for a cat.", seed=seed, temperature=1.0, max_tokens=16)
        return answer.choices[0].message.content

    answers = [once(11) for _ in range(3)]
    need(len(set(answers)) == 1, f"one seed gave {answers}")
    others = {once(seed) for seed in range(100, 106)}
    need(len(others) > 1, "six other seeds all gave one answer")


@check
def answers_follow_a_json_schema(bench):
    for round_number in range(SCHEMA_ROUNDS):
        answer = bench.chat(
            f"Describe person number {round_number} as JSON.",
            temperature=1.0,
            seed=round_number,
            max_tokens=400,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "person", "strict": True, "schema": PERSON},
            },
        )
        text = answer.choices[0].message.content
        need(answer.choices[0].finish_reason == "stop", f"round {round_number}: {text!r}")
        jsonschema.validate(json.loads(text), PERSON)
    return {"valid": SCHEMA_ROUNDS}


@check
def json_object_is_an_object(bench):
    answer = bench.chat(
        "Reply with a tiny JSON object with one key `ok`.",
        max_tokens=200,
        temperature=0,
        response_format={"type": "json_object"},
    )
    text = answer.choices[0].message.content
    if answer.choices[0].finish_reason == "stop":
        need(isinstance(json.loads(text), dict), repr(text))
    else:
        need(text.lstrip().startswith("{"), repr(text))


@check
def logprobs_are_probabilities(bench):
    answer = bench.chat("Say yes.", logprobs=True, top_logprobs=3, max_tokens=4)
    entries = answer.choices[0].logprobs.content
    need(len(entries) >= 1, "one entry a token")
    for entry in entries:
        need(entry.logprob <= 1e-6 and len(entry.top_logprobs) == 3, str(entry))
        values = [top.logprob for top in entry.top_logprobs]
        need(values == sorted(values, reverse=True), f"the likeliest first: {values}")


@check
def logit_bias_forces_a_token(bench):
    def first(text):
        answer = bench.chat(text, temperature=0, max_tokens=1, logit_bias={"1000": 100})
        return answer.choices[0].message.content

    one, other = first("Say hello."), first("How much is seven times eight?")
    need(one and one == other, f"the same token is forced everywhere, not {one!r} and {other!r}")


def valid_call(call):
    """A call whose arguments follow the schema of its tool."""
    need(call.type == "function" and call.id.startswith("call_"), str(call))
    jsonschema.validate(json.loads(call.function.arguments), SCHEMAS[call.function.name])


@check
def required_tools_are_called_validly_every_time(bench):
    names = []
    for round_number in range(TOOL_ROUNDS):
        answer = bench.chat(
            "What should be done?",
            tools=TOOLS,
            tool_choice="required",
            temperature=1.0,
            seed=round_number,
            max_tokens=None,
        )
        choice = answer.choices[0]
        need(choice.finish_reason == "tool_calls", f"round {round_number}: {choice}")
        need(choice.message.tool_calls, str(choice))
        for call in choice.message.tool_calls:
            valid_call(call)
            names.append(call.function.name)
    return {"calls": names}


@check
def named_tool_is_called_and_alone(bench):
    for name in SCHEMAS:
        for temperature in (0, 1.0):
            answer = bench.chat(
                "What should be done?",
                tools=TOOLS,
                tool_choice={"type": "function", "function": {"name": name}},
                parallel_tool_calls=False,
                temperature=temperature,
                max_tokens=None,
            )
            calls = answer.choices[0].message.tool_calls
            need([call.function.name for call in calls] == [name], str(calls))
            valid_call(calls[0])


@check
def streamed_calls_add_up(bench):
    calls, pieces, reason = {}, 0, None
    for chunk in bench.chat(
        "What is the weather?", tools=TOOLS, tool_choice="required", stream=True, max_tokens=None
    ):
        choice = chunk.choices[0]
        reason = choice.finish_reason or reason
        for delta in choice.delta.tool_calls or []:
            call = calls.setdefault(delta.index, {"id": None, "name": None, "arguments": ""})
            call["id"] = delta.id or call["id"]
            call["name"] = delta.function.name or call["name"]
            call["arguments"] += delta.function.arguments or ""
            pieces += 1
    need(reason == "tool_calls" and calls, f"{reason}: {calls}")
    need(pieces > 2 * len(calls), "arguments come in pieces, as they are written")
    for call in calls.values():
        need(call["id"], str(call))
        jsonschema.validate(json.loads(call["arguments"]), SCHEMAS[call["name"]])


@check
def free_choice_gives_words_or_valid_calls(bench):
    for question in ("Say hello.", "What is the weather in Ulm?", "What time is it?"):
        choice = bench.chat(question, tools=TOOLS, max_tokens=400).choices[0]
        if choice.finish_reason == "tool_calls":
            for call in choice.message.tool_calls:
                valid_call(call)
        need("<tool_call>" not in (choice.message.content or ""), str(choice))
    choice = bench.chat("Say hello.", tools=TOOLS, tool_choice="none").choices[0]
    need(not choice.message.tool_calls and choice.message.content, str(choice))


@check
def results_of_tools_are_taken_and_stray_ones_refused(bench):
    function = {"name": "weather", "arguments": '{"city":"Ulm","unit":"celsius","days":1}'}
    call = {"id": "call_1", "type": "function", "function": function}

    def ask(identity):
        return bench.client.chat.completions.create(
            model=bench.model,
            max_tokens=48,
            tools=TOOLS,
            messages=[
                {"role": "user", "content": "Weather in Ulm?"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": identity, "content": "dry, 20 degrees"},
            ],
        )

    need(ask("call_1").choices[0].finish_reason, "it answers")
    error = refused(openai.BadRequestError, lambda: ask("call_2"))
    need(error.param == "messages[2].tool_call_id", str(error.body))


@check
def schema_that_cannot_be_followed_is_told_under_the_tools(bench):
    bad = {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": bad}}
    error = refused(openai.BadRequestError, lambda: bench.chat("Hi.", tools=[tool]))
    need(error.param == "tools", str(error.body))


@check
def responses_are_kept_and_gone_on_from(bench):
    create, responses = bench.client.responses.create, bench.client.responses
    first = create(model=bench.model, input="My name is Ada.", max_output_tokens=24)
    need(first.id.startswith("resp_") and first.status in ("completed", "incomplete"), str(first))
    need(first.output_text and first.usage.output_tokens > 0, str(first))
    need(responses.retrieve(first.id) == first, "it is shown as it was given")
    second = create(
        model=bench.model,
        input=[{"role": "user", "content": "And now?"}],
        instructions="Be brief.",
        previous_response_id=first.id,
        max_output_tokens=24,
    )
    need(second.previous_response_id == first.id, str(second))
    need(second.usage.input_tokens > first.usage.input_tokens, "the first is part of the second")
    responses.delete(first.id)
    refused(openai.NotFoundError, lambda: responses.retrieve(first.id))
    hidden = create(model=bench.model, input="Hi.", store=False, max_output_tokens=4)
    refused(openai.NotFoundError, lambda: responses.retrieve(hidden.id))


@check
def response_streams_as_typed_events(bench):
    with bench.client.responses.stream(
        model=bench.model, input="Tell a story.", max_output_tokens=24
    ) as stream:
        events = list(stream)
    kinds = [event.type for event in events]
    # A story is cut off by the bound of tokens, which the client's own `get_final_response` refuses.
    final = events[-1].response
    need(kinds[0] == "response.created", str(kinds[:3]))
    need(kinds[-1] in ("response.completed", "response.incomplete"), kinds[-1])
    need("response.output_text.delta" in kinds and final.output_text, str(final))


@check
def response_calls_tools_and_takes_their_output(bench):
    tool = {"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}
    fields = {"model": bench.model, "tools": [tool], "tool_choice": "required"}
    first = bench.client.responses.create(input="Weather in Ulm?", **fields)
    calls = [item for item in first.output if item.type == "function_call"]
    need(calls and first.status == "completed", str(first))
    for call in calls:
        jsonschema.validate(json.loads(call.arguments), WEATHER)
    outputs = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "dry"} for call in calls
    ]
    second = bench.client.responses.create(
        input=outputs,
        model=bench.model,
        tools=[tool],
        previous_response_id=first.id,
        max_output_tokens=32,
    )
    need(second.status in ("completed", "incomplete"), str(second))
    kinds = [event.type for event in bench.client.responses.create(
        input="Weather in Ulm?", stream=True, **fields)]
    need("response.function_call_arguments.done" in kinds, str(kinds))


@check
def response_follows_a_json_schema(bench):
    answer = bench.client.responses.create(
        model=bench.model,
        input="Describe a person as JSON.",
        max_output_tokens=400,
        text={"format": {"type": "json_schema", "name": "p", "strict": True, "schema": PERSON}},
    )
    need(answer.status == "completed", str(answer))
    jsonschema.validate(json.loads(answer.output_text), PERSON)


@check
def response_in_the_background_is_cancelled(bench):
    begun = bench.client.responses.create(
        model=bench.model, input="Count to ten thousand.", background=True,
        temperature=1.0, max_output_tokens=3000,
    )
    need(begun.status == "in_progress", begun.status)
    ended = bench.client.responses.cancel(begun.id)
    # A small model may have said all it had to say before it was asked to stop.
    need(ended.status in ("cancelled", "completed"), ended.status)
    need(bench.client.responses.retrieve(begun.id).status == ended.status, "it stays")


def first_text_s(bench):
    began = time.monotonic()
    with bench.chat("Hello.", stream=True, max_tokens=4) as stream:
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                return time.monotonic() - began
    raise AssertionError("a stream without text")


@check
def client_that_goes_away_frees_the_engine(bench):
    first_text_s(bench)
    usual = statistics.median(first_text_s(bench) for _ in range(3))
    times = []
    for _ in range(3):
        # More answers than the engine writes at once: if they went on, the next one had to wait.
        streams = [
            bench.chat("Count to ten thousand.", stream=True, max_tokens=3000, temperature=1.0)
            for _ in range(6)
        ]
        next(iter(streams[0]))
        for stream in streams:
            stream.close()
        times.append(first_text_s(bench))
    limit = 3 * usual + FREE_AGAIN_SLACK_S
    need(max(times) < limit, f"first text after {times} s, usually {usual:.3f} s")
    return {"usual_s": round(usual, 3), "after_s": [round(t, 3) for t in times]}


@check
def wrong_token_is_an_authentication_error(bench):
    for token in ("hai_sk_" + "0" * 64, "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"):
        error = refused(
            openai.AuthenticationError, lambda: bench.chat("Hi.", bench.with_token(token))
        )
        need(error.status_code == 401 and error.code == "invalid_api_key", str(error))


@check
def unknown_model_and_route_are_not_found(bench):
    error = refused(openai.NotFoundError, lambda: bench.chat("Hi.", model="no-such-model"))
    need(error.code == "model_not_found" and error.param == "model", str(error.body))
    refused(openai.NotFoundError, lambda: bench.client.models.retrieve("no-such-model"))
    refused(openai.NotFoundError, lambda: bench.client.images.generate(prompt="x"))


@check
def wrong_values_are_bad_requests_that_name_the_field(bench):
    kinds = (openai.BadRequestError, openai.UnprocessableEntityError)
    for field, value in [
        ("temperature", 5),
        ("top_p", -1),
        ("max_tokens", 0),
        ("n", 100),
        ("presence_penalty", "much"),
        ("top_logprobs", 3),
        ("stop", [1]),
        ("tools", [{"type": "function"}]),
        ("tool_choice", "required"),
        ("response_format", {"type": "xml"}),
    ]:
        error = refused(kinds, lambda f=field, v=value: bench.chat("Hi.", extra_body={f: v}))
        need(str(error.param).startswith(field), f"{field}: {error.body}")
    image = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]
    error = refused(
        kinds,
        lambda: bench.client.chat.completions.create(
            model=bench.model, messages=[{"role": "user", "content": image}]
        ),
    )
    need(error.code == "unsupported", str(error.body))
    # A field that a later version of the API may bring is no mistake.
    bench.chat("Hi.", max_tokens=1, extra_body={"brand_new_field": {"x": 1}})


@check
def conversation_that_is_too_long_is_told_by_its_code(bench):
    error = refused(openai.BadRequestError, lambda: bench.chat("word " * 60_000))
    need(error.code == "context_length_exceeded", str(error.body))


@check
def embeddings_are_vectors_of_length_one(bench):
    create = bench.client.embeddings.create
    floats = create(model=bench.model, input=["a cat", "a dog"], encoding_format="float")
    need(len(floats.data) == 2 and floats.usage.prompt_tokens > 0, str(floats.usage))
    for row in floats.data:
        length = sum(value * value for value in row.embedding)
        need(abs(length - 1) < 1e-3, f"length {length}")
    # Without a format the client asks for base64 and unpacks it itself.
    packed = create(model=bench.model, input="a cat")
    pairs = zip(packed.data[0].embedding, floats.data[0].embedding, strict=True)
    need(max(abs(a - b) for a, b in pairs) < 1e-3, "base64 and numbers are the same vector")
    raw = create(model=bench.model, input="a cat", encoding_format="base64").data[0].embedding
    count = len(base64.b64decode(raw)) // struct.calcsize("f")
    need(count == len(packed.data[0].embedding), "four bytes a number")
    return {"dimensions": count}


@check
def text_completion_continues_a_text(bench):
    answer = bench.client.completions.create(
        model=bench.model, prompt=["Once upon a", "The sky is"], max_tokens=6, echo=True
    )
    need(answer.object == "text_completion" and len(answer.choices) == 2, str(answer))
    need(answer.choices[0].text.startswith("Once upon a"), repr(answer.choices[0].text))
    need(len(answer.choices[0].text) > len("Once upon a"), "something was written")


if __name__ == "__main__":
    sys.exit(check.run(Bench))
