#!/usr/bin/env python3
"""Drives a running HAI-Net gateway with the official `ollama` client.

    ollama_client.py --base-url http://127.0.0.1:8080 --token hai_sk_... [--model NAME]

The Python that runs this needs the packages `ollama` and `jsonschema`. Nothing here depends on what the
model says: it may be the smallest one.
"""

import json
import sys

import jsonschema
import ollama
from checks import Checks, need

check = Checks(__doc__)

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}

TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Tells the weather.", "parameters": PERSON},
}


class Bench:
    """What all checks share."""

    def __init__(self, options):
        self.base_url = options.base_url
        self.client = self.with_token(options.token)
        self.model = next(iter(self.client.list().models)).model

    def with_token(self, token):
        headers = {"Authorization": f"Bearer {token}"}
        return ollama.Client(host=self.base_url, headers=headers, timeout=300.0)

    def chat(self, text, **more):
        options = {"num_predict": 24, **more.pop("options", {})}
        messages = more.pop("messages", [{"role": "user", "content": text}])
        return self.client.chat(model=self.model, messages=messages, options=options, **more)


def refused(status, call):
    try:
        call()
    except ollama.ResponseError as error:
        need(error.status_code == status and error.error, f"{error.status_code}: {error.error}")
    else:
        raise AssertionError(f"an error {status} was expected")


@check
def models_are_listed_shown_and_seen_in_memory(bench):
    listed = bench.client.list().models
    need(listed and listed[0].size > 0 and listed[0].modified_at, str(listed))
    need(listed[0].details.format == "gguf", str(listed[0]))
    shown = bench.client.show(bench.model)
    need("tools" in shown.capabilities and shown.modelinfo, str(shown))
    bench.chat("Hi.", options={"num_predict": 1})
    need([one.model for one in bench.client.ps().models] == [bench.model], "it is in memory")


@check
def chat_answers_whole_and_in_pieces(bench):
    whole = bench.chat("Say hello.")
    need(whole.done and whole.message.content and whole.eval_count > 0, str(whole))
    need(whole.done_reason in ("stop", "length"), whole.done_reason)
    pieces = list(bench.chat("Tell a story.", stream=True))
    need(pieces[-1].done and not any(piece.done for piece in pieces[:-1]), "the end is at the end")
    need("".join(piece.message.content for piece in pieces), "there is text")
    need(pieces[-1].prompt_eval_count > 0 and pieces[-1].total_duration > 0, str(pieces[-1]))


@check
def bound_of_tokens_is_told(bench):
    answer = bench.chat("Tell a long story.", options={"num_predict": 5})
    need(answer.done_reason == "length" and answer.eval_count == 5, str(answer))


@check
def text_is_generated_with_and_without_a_template(bench):
    options = {"num_predict": 8}
    for more in ({"system": "Be brief."}, {"raw": True}):
        answer = bench.client.generate(
            model=bench.model, prompt="Once upon a", options=options, **more)
        need(answer.response and answer.done, str(answer))
    pieces = list(bench.client.generate(
        model=bench.model, prompt="Once upon a", options=options, stream=True))
    need("".join(piece.response for piece in pieces) and pieces[-1].done, str(pieces))
    need(bench.client.generate(model=bench.model).done_reason == "load", "nothing to say: it loads")


@check
def format_is_followed(bench):
    for _ in range(5):
        answer = bench.chat("Describe a person.", format=PERSON, options={"num_predict": 300})
        jsonschema.validate(json.loads(answer.message.content), PERSON)


@check
def tools_are_offered_and_results_taken(bench):
    answer = bench.chat("What is the weather?", tools=[TOOL], options={"num_predict": 300})
    for call in answer.message.tool_calls or []:
        need(call.function.name == "weather", str(call))
        if answer.done_reason == "stop":
            jsonschema.validate(dict(call.function.arguments), PERSON)
    call = {"function": {"name": "weather", "arguments": {"name": "Ada", "age": 36}}}
    answer = bench.chat("", tools=[TOOL], messages=[
        {"role": "user", "content": "What is the weather?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "dry", "tool_name": "weather"},
    ])
    need(answer.done, str(answer))


@check
def embeddings_are_vectors_of_length_one(bench):
    made = bench.client.embed(model=bench.model, input=["a cat", "a dog"])
    need(len(made.embeddings) == 2 and made.prompt_eval_count > 0, str(made.prompt_eval_count))
    for vector in made.embeddings:
        length = sum(value * value for value in vector)
        need(abs(length - 1) < 1e-3, f"length {length}")
    need(len(bench.client.embeddings(model=bench.model, prompt="a").embedding) > 0, "the older form")


@check
def errors_are_those_of_the_client(bench):
    refused(404, lambda: bench.client.chat(model="no-such-model", messages=[
        {"role": "user", "content": "Hi."}]))
    refused(400, lambda: bench.chat("Hi.", options={"temperature": "hot"}))
    refused(401, lambda: bench.with_token("hai_sk_" + "0" * 64).list())
    refused(400, lambda: bench.chat("word " * 60_000))


@check
def stream_that_is_left_frees_the_engine(bench):
    for _ in range(6):
        stream = bench.chat("Count to ten thousand.", stream=True, options={"num_predict": 3000})
        next(iter(stream))
        stream.close()
    bench.chat("Hi.", options={"num_predict": 1})


if __name__ == "__main__":
    sys.exit(check.run(Bench))
