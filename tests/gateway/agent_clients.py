#!/usr/bin/env python3
"""Drives a running HAI-Net gateway with the libraries that agents are written with.

    agent_clients.py --base-url http://127.0.0.1:8080/v1 --token hai_sk_... [--model NAME]

The Python that runs this needs `litellm` and `pydantic-ai-slim[openai]`, at the versions that
`tests/tests/agent_clients.rs` names. Nothing here depends on what the model says: it may be the smallest
one.
"""

import asyncio
import json
import os
import sys

# Before the library is read: it would fetch a list of prices from elsewhere.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402
from checks import WEATHER, Checks, need  # noqa: E402
from pydantic import BaseModel, Field  # noqa: E402
from pydantic_ai import Agent, NativeOutput  # noqa: E402
from pydantic_ai.direct import model_request_sync  # noqa: E402
from pydantic_ai.exceptions import ModelHTTPError  # noqa: E402
from pydantic_ai.messages import ModelRequest  # noqa: E402
from pydantic_ai.models import ModelRequestParameters  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402
from pydantic_ai.settings import ModelSettings  # noqa: E402
from pydantic_ai.tools import ToolDefinition  # noqa: E402

litellm.telemetry = False

check = Checks(__doc__)

TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]


class Town(BaseModel):
    """A town, as the model must describe it."""

    name: str = Field(min_length=1, max_length=20)
    people: int = Field(ge=0, le=9_999_999)


class Bench:
    """What all checks share."""

    def __init__(self, options):
        self.base_url, self.token = options.base_url, options.token
        # By its own name: litellm knows a model called `gpt-4`, which takes no schema for answers.
        self.model = options.model or "smollm2-135m-instruct"

    def lite(self, call, **more):
        more.setdefault("model", f"openai/{self.model}")
        more.setdefault("api_key", self.token)
        return call(api_base=self.base_url, num_retries=0, max_retries=0, **more)

    def chat(self, text, **more):
        more.setdefault("max_tokens", 24)
        messages = more.pop("messages", [{"role": "user", "content": text}])
        return self.lite(litellm.completion, messages=messages, **more)

    def of_kind(self, kind):
        provider = OpenAIProvider(base_url=self.base_url, api_key=self.token)
        return kind(self.model, provider=provider)

    def agent(self, kind=OpenAIChatModel, **more):
        settings = ModelSettings(max_tokens=400, temperature=0.7)
        return Agent(self.of_kind(kind), model_settings=settings, **more)


@check
def litellm_chats_and_streams(bench):
    answer = bench.chat("Say hello.")
    need(answer.choices[0].message.content, str(answer))
    need(answer.usage.completion_tokens > 0, str(answer.usage))
    chunks = list(bench.chat("Say hello.", stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    need(text, "the stream has text")


@check
def litellm_calls_tools_and_gives_results_back(bench):
    # One call: a small model that may make several goes on until its tokens are over.
    answer = bench.chat(
        "Weather?", tools=TOOLS, tool_choice="required", parallel_tool_calls=False, max_tokens=400
    )
    message = answer.choices[0].message
    need(answer.choices[0].finish_reason == "tool_calls", str(answer))
    call = message.tool_calls[0]
    need(set(json.loads(call.function.arguments)) == {"city", "unit", "days"}, str(call))
    messages = [
        {"role": "user", "content": "Weather?"},
        message.model_dump(),
        {"role": "tool", "tool_call_id": call.id, "content": "dry"},
    ]
    after = bench.chat(None, messages=messages, tools=TOOLS)
    need(after.choices[0].finish_reason, str(after))


@check
def litellm_follows_a_schema(bench):
    shape = {"name": "weather", "strict": True, "schema": WEATHER}
    answer = bench.chat(
        "The weather as JSON.",
        max_tokens=400,
        response_format={"type": "json_schema", "json_schema": shape},
    )
    found = json.loads(answer.choices[0].message.content)
    need(set(found) == {"city", "unit", "days"}, str(found))


@check
def litellm_embeds(bench):
    made = bench.lite(litellm.embedding, input=["a", "b"])
    need(len(made.data) == 2, str(made)[:200])


@check
def litellm_goes_on_from_a_response(bench):
    first = bench.lite(litellm.responses, input="My name is Ada.", max_output_tokens=16)
    second = bench.lite(
        litellm.responses, input="And now?", previous_response_id=first.id, max_output_tokens=16
    )
    need(second.usage.input_tokens > first.usage.input_tokens, f"{first.usage} {second.usage}")


@check
def litellm_knows_the_errors(bench):
    for kind, more in [
        (litellm.AuthenticationError, {"api_key": "hai_sk_wrong"}),
        (litellm.NotFoundError, {"model": "openai/nobody"}),
        (litellm.BadRequestError, {"temperature": 9}),
        (litellm.ContextWindowExceededError, {"messages": [
            {"role": "user", "content": "word " * 20_000}]}),
    ]:
        try:
            bench.chat("Hi.", **more)
        except kind:
            continue
        except Exception as error:  # noqa: BLE001 - whatever else it raises is the failure
            raise AssertionError(f"{kind.__name__}, not {error!r}"[:500]) from error
        raise AssertionError(f"{kind.__name__} was expected and nothing was raised")


@check
def litellm_may_go_away(bench):
    async def leave():
        # A small model may end any story at once; not all of them.
        for _ in range(8):
            call = litellm.acompletion(
                model=f"openai/{bench.model}",
                api_base=bench.base_url,
                api_key=bench.token,
                messages=[{"role": "user", "content": "Tell a very long story."}],
                max_tokens=2_000,
            )
            try:
                await asyncio.wait_for(call, 0.5)
            except (asyncio.TimeoutError, litellm.Timeout):
                return
        raise AssertionError("the story must be long")

    asyncio.run(leave())
    need(bench.chat("Hi.", max_tokens=1).choices, "the next answer comes")


@check
def agent_answers_and_streams(bench):
    result = bench.agent().run_sync("Say hello.")
    need(result.output, str(result))

    async def stream():
        async with bench.agent().run_stream("Say hello.") as running:
            return [piece async for piece in running.stream_text(delta=True)]

    need("".join(asyncio.run(stream())), "the stream has text")


@check
def agent_has_its_tool_called_with_valid_arguments(bench):
    # In one request: an agent that must call would never come to its answer with so small a model.
    tool = ToolDefinition(name="weather", parameters_json_schema=WEATHER)
    response = model_request_sync(
        bench.of_kind(OpenAIChatModel),
        [ModelRequest.user_text_prompt("What is the weather in Ulm?")],
        model_settings=ModelSettings(
            max_tokens=400, tool_choice="required", parallel_tool_calls=False
        ),
        model_request_parameters=ModelRequestParameters(function_tools=[tool]),
    )
    calls = response.tool_calls
    need(calls, str(response))
    for call in calls:
        need(set(call.args_as_dict()) == {"city", "unit", "days"}, str(call))
    return {"calls": len(calls)}


@check
def agent_gives_an_output_of_its_type(bench):
    town = bench.agent(output_type=NativeOutput(Town)).run_sync("Describe a town.").output
    need(isinstance(town, Town), repr(town))
    # Without an own schema for answers the library asks through a tool that must be called.
    town = bench.agent(output_type=Town).run_sync("Describe a town.").output
    need(isinstance(town, Town), repr(town))


@check
def agent_goes_on_in_its_conversation(bench):
    agent = bench.agent(kind=OpenAIResponsesModel)
    first = agent.run_sync("My name is Ada.")
    second = agent.run_sync("And now?", message_history=first.all_messages())
    need(second.output, str(second))
    need(len(second.all_messages()) > len(first.all_messages()), "it goes on")


@check
def agent_hears_of_errors(bench):
    bench.token = "hai_sk_wrong"
    try:
        bench.agent().run_sync("Hi.")
    except ModelHTTPError as error:
        need(error.status_code == 401, str(error))
    else:
        raise AssertionError("a wrong token was let in")


if __name__ == "__main__":
    sys.exit(check.run(Bench))
