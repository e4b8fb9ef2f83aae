#!/usr/bin/env python3
"""Drives a running HAI-Net gateway with the official `openai` client.

    openai_client.py --base-url http://127.0.0.1:8080/v1 --token hai_sk_... [--model NAME]

The Python that runs this needs the packages `openai` and `jsonschema`:

    python3 -m venv ~/.cache/hai-net/openai-client
    ~/.cache/hai-net/openai-client/bin/pip install openai jsonschema

Prints one JSON line per check and ends with 1 when one failed, with 2 when the gateway cannot be
reached at all. The token may also come from the environment variable HAI_NET_TOKEN.
"""

import argparse
import base64
import json
import os
import statistics
import struct
import sys
import time
import traceback

import jsonschema
import openai

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

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Bench:
    """What all checks share."""

    def __init__(self, options):
        self.base_url = options.base_url.rstrip("/")
        self.token = options.token
        self.client = self.with_token(options.token)
        self.model = options.model

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


def need(condition, why):
    if not condition:
        raise AssertionError(why)


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
        ("tools", [{"type": "function", "function": {"name": "f"}}]),
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--token", default=os.environ.get("HAI_NET_TOKEN"))
    parser.add_argument("--model", help="the model to ask; by default the first that is listed")
    parser.add_argument("--only", help="run the checks whose name holds this text")
    options = parser.parse_args()
    if not options.token:
        parser.error("--token or HAI_NET_TOKEN is needed")
    bench = Bench(options)
    try:
        bench.model = bench.model or next(iter(bench.client.models.list())).id
    except (openai.APIError, StopIteration) as error:
        print(json.dumps({"check": "reach", "ok": False, "error": repr(error)}))
        return 2
    failed = 0
    for function in CHECKS:
        if options.only and options.only not in function.__name__:
            continue
        began = time.monotonic()
        line = {"check": function.__name__, "ok": True}
        try:
            line.update(function(bench) or {})
        except Exception as error:  # noqa: BLE001 - each failure is a line, and the others still run
            failed += 1
            line["ok"] = False
            line["error"] = f"{type(error).__name__}: {error}"[:1000]
            line["at"] = traceback.extract_tb(error.__traceback__)[-1].lineno
        line["seconds"] = round(time.monotonic() - began, 3)
        print(json.dumps(line), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
